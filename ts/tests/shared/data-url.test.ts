import { expect, test } from 'vitest';
import { openDataUrl } from '../../src/shared/data-url.js';

test.each([
  'data:,A%20brief%20note',
  'data:text/plain;charset=utf-8,gr%C3%BC%C3%9Fe',
  'data:text/plain,grüße',
  'data:text/plain,50%25 off %zz%',
  'data:image/svg+xml,<svg xmlns="http://www.w3.org/2000/svg"/>',
  'data:text/plain,what?is=this#not that',
  'data:application/octet-stream;base64,AP/+gA==',
  'data:application/octet-stream;base64,AP%2F%2BgA%3D%3D',
  'data:application/octet-stream;BASE64 ,AP/+gA',
  'data:application/octet-stream; base64,A P/+ gA==',
  'data:image/png;base64;x=1,AP/+',
  'data:,',
  'data:;base64,',
])('%s is decoded as `fetch` decodes it', async (url) => {
  const [own, fetched] = [openDataUrl(new URL(url)), await fetch(url)];
  expect(new Uint8Array(await own.arrayBuffer())).toEqual(new Uint8Array(await fetched.arrayBuffer()));
});

test('the response has the content type of the data', () => {
  const typeOf = (url: string) => openDataUrl(new URL(url)).headers.get('content-type');
  expect(typeOf('data:image/png;base64,AAAA')).toBe('image/png');
  expect(typeOf('data:,text')).toBe('text/plain');
});

test.each(['data:', 'data:image/png;base64', 'data:;base64,AAA=A', 'data:;base64,%%%', 'data:;base64,A'])(
  '%s is invalid',
  (url) => expect(() => openDataUrl(new URL(url))).toThrow(),
);
