import { expect, test } from 'vitest';
import { containsReport, decodeReport, encodeReport } from '../src/benchmark/link';
import { ReportError } from '../src/benchmark/report';
import { report, row } from './sample';

const sent = report([
  row(),
  row({ refinement: 'none' }),
  row({ model: 'ümläut 🙂', error: 'a "quoted" reason' }),
]);

test('a report survives encoding and decoding', async () => {
  const fragment = await encodeReport(sent);
  expect(fragment).toMatch(/^report=[\w-]+$/);
  expect(containsReport(`#${fragment}`)).toBe(true);
  expect(await decodeReport(`#${fragment}`)).toEqual(sent);
  expect(await decodeReport(` https://example.org/benchmark.html?a=b#${fragment}\n`)).toEqual(sent);
});

test('a report with forty rows fits into a link for chats and issue trackers', async () => {
  const rows = Array.from({ length: 40 }, (_, index) =>
    row({ input: [100 + index, 720], model: `model ${index % 5}` }),
  );
  expect((await encodeReport(report(rows))).length).toBeLessThan(8_000);
});

test.each([
  ['', /no report/],
  ['#other=1', /no report/],
  ['#report=', /damaged/],
  ['#report=%%%', /damaged/],
  ['#report=AAAA', /damaged/],
])('a link without a report is rejected with a message: %s', async (link, words) => {
  await expect(decodeReport(link)).rejects.toThrow(ReportError);
  await expect(decodeReport(link)).rejects.toThrow(words);
});

test('a truncated link is reported as damaged', async () => {
  const fragment = await encodeReport(sent);
  await expect(decodeReport(fragment.slice(0, -20))).rejects.toThrow(/truncated/);
});

test('data that decompresses to gigabytes is rejected', async () => {
  const zeros = new Blob([new Uint8Array(30_000_000)])
    .stream()
    .pipeThrough(new CompressionStream('deflate-raw'));
  const packed = Buffer.from(await new Response(zeros).arrayBuffer()).toString('base64url');
  await expect(decodeReport(`#report=${packed}`)).rejects.toThrow(/too long/);
});
