import { expect, test } from 'vitest';
import type { BenchmarkModel, Peer, PreparedFrame } from '../src/benchmark/engines';
import { peerCandidates } from '../src/benchmark/peer-engine';

const model = (name: string): BenchmarkModel => ({
  name,
  title: name,
  bytes: async () => new ArrayBuffer(0),
});
const frame = {} as PreparedFrame;
const mask = { width: 1, height: 1, levels: Uint8Array.of(255) };

const peer = (closed: () => void): Peer => ({
  version: '9.1',
  backends: [
    { name: 'webgpu', precision: 'f32' },
    { name: 'cpu', precision: 'f32', threads: 2 },
  ],
  models: (chosen) => chosen.filter(({ name }) => name === 'known'),
  open: async () => ({
    modelSize: [256, 256],
    infer: async () => ({ mask, inference: 2, segmentation: 5 }),
    close: closed,
  }),
});

test('another engine has a row for each of its models and backends at each size', async () => {
  let closed = 0;
  const sizes: [number, number][] = [
    [640, 360],
    [1280, 720],
  ];
  const entry = { id: 'other', title: 'Other', note: '', load: async () => peer(() => {}) };
  const candidates = peerCandidates(
    entry,
    peer(() => closed++),
    [model('known'), model('unknown')],
    sizes,
  );
  expect(
    candidates.map(({ system, version, model: { name }, backend, threads }) => [
      system,
      version,
      name,
      backend,
      threads,
    ]),
  ).toEqual([
    ['other', '9.1', 'known', 'webgpu', undefined],
    ['other', '9.1', 'known', 'cpu', 2],
  ]);
  const [first] = candidates;
  const [small] = first?.variants ?? [];
  if (!first || !small) throw new Error('no row was created');
  expect(first.variants.map(({ refinement, input }) => [refinement, input[1]])).toEqual([
    ['none', 360],
    ['none', 720],
  ]);

  const { signal } = new AbortController();
  const engine = await first.open(signal);
  await engine.set(small);
  await engine.single(frame);
  const [collected] = engine.collect();
  expect(collected).toMatchObject({
    variant: small,
    timings: { inference: [2, 'completed'], segmentation: [5, 'completed'] },
  });
  expect(engine.collect()).toEqual([]);
  expect(await engine.throughput([frame], 0.01, signal)).toBeGreaterThan(0);
  expect((await engine.segment(frame)).mask).toBe(mask);
  await engine.close();
  expect(closed).toBe(1);
});
