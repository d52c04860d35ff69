import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encode } from 'uqr';
import { checkUrl, qrCode, serverUrlTag } from './network.mjs';

const url = 'http://192.168.1.20:5173/check.html';

test('other devices get the first network URL, and none without --host', () => {
  const network = ['http://192.168.1.20:5173/', 'http://10.0.0.5:5173/'];
  assert.equal(checkUrl({ local: [], network }), url);
  assert.equal(checkUrl({ local: ['http://localhost:5173/'], network: [] }), undefined);
  assert.equal(checkUrl(null), undefined);
});

test('the QR code in the terminal shows light modules as blocks', () => {
  const { data } = encode(url, { border: 2 });
  const lines = qrCode(url, false).split('\n');
  const isLight = (row, column) => {
    const block = lines[row >> 1].slice(2)[column];
    return block === '█' || block === (row % 2 ? '▄' : '▀');
  };
  for (const [row, modules] of data.entries()) {
    for (const [column, dark] of modules.entries())
      assert.equal(isLight(row, column), !dark, `${row},${column}`);
  }
});

test('a terminal with colors shows the QR code light on dark', () => {
  for (const line of qrCode(url, true).split('\n')) {
    assert.ok(line.startsWith('  \x1b[97;40m') && line.endsWith('\x1b[0m'), line);
  }
});

test('pages get the URL once the server listens', () => {
  let serverUrl;
  const plugin = serverUrlTag(() => serverUrl);
  assert.deepEqual(plugin.transformIndexHtml(), []);
  serverUrl = 'http://192.168.1.20:5173/';
  assert.deepEqual(plugin.transformIndexHtml(), [
    { tag: 'meta', attrs: { name: 'cyclorama-url', content: serverUrl }, injectTo: 'head-prepend' },
  ]);
});
