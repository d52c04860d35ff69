import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { CycloramaError, ImageSegmenter, segmentImage } from '../../../src/index.js';
import { asyncDispose, dispose } from '../../../src/page/disposable.js';
import { loadPhoto } from '../../../src/page/stills/photo-source.js';
import { FakeBitmap } from '../../fakes/media.js';

type Made = { cutout: ImageBitmap };

/** The fake worker of the last segmenter. */
const worker = vi.hoisted(() => ({
  opened: 0,
  closed: 0,
  make: async (): Promise<object> => ({}),
  lose: (_cause: Error) => {},
}));

vi.mock('../../../src/page/pipeline-host.js', async (original) => ({
  ...(await original<object>()),
  async openService() {
    worker.opened += 1;
    const lost = new Promise<never>((_, reject) => {
      worker.lose = reject;
    });
    lost.catch(() => {});
    return {
      remote: {
        maxSide: async () => 8192,
        make: () => worker.make(),
        stop: async () => {},
      },
      lost,
      guard: (call: Promise<unknown>) => call,
      close: async () => {
        worker.closed += 1;
      },
    };
  },
}));
vi.mock('../../../src/shared/thread-support.js', async (original) => ({
  ...(await original<object>()),
  assertBrowser: () => {},
}));
vi.mock('../../../src/page/stills/photo-source.js', () => ({
  loadPhoto: vi.fn(async () => new FakeBitmap()),
}));

const model = new ArrayBuffer(4);
const photo = new Blob(['a photo']);
const never = () => new Promise<never>(() => {});

beforeEach(() => {
  FakeBitmap.open.clear();
  Object.assign(worker, { opened: 0, closed: 0, make: async () => ({ cutout: new FakeBitmap() }) });
  vi.stubGlobal('ImageBitmap', FakeBitmap);
  vi.mocked(loadPhoto)
    .mockClear()
    .mockImplementation(async () => new FakeBitmap() as unknown as ImageBitmap);
});

afterEach(() => vi.unstubAllGlobals());

test('`segment` leaves no listeners on signals', async () => {
  // Counts the listeners, because a listener keeps the result that it waits for in memory.
  let listeners = 0;
  const { addEventListener, removeEventListener } = AbortSignal.prototype;
  vi.spyOn(AbortSignal.prototype, 'addEventListener').mockImplementation(function (
    this: AbortSignal,
    ...args
  ) {
    listeners += 1;
    return addEventListener.apply(this, args as Parameters<typeof addEventListener>);
  });
  vi.spyOn(AbortSignal.prototype, 'removeEventListener').mockImplementation(function (
    this: AbortSignal,
    ...args
  ) {
    listeners -= 1;
    return removeEventListener.apply(this, args as Parameters<typeof removeEventListener>);
  });
  const segmenter = await ImageSegmenter.create({ model });
  const { signal } = new AbortController();
  listeners = 0;
  for (let index = 0; index < 5; index += 1) {
    (await segmenter.segment(photo, index % 2 ? { signal } : {})).cutout.close();
  }
  vi.restoreAllMocks();
  expect(listeners).toBe(0);
  await segmenter.destroy();
});

test('`segment` rejects as soon as its signal aborts, and a late result is closed', async () => {
  const segmenter = await ImageSegmenter.create({ model });
  const made: ((result: Made) => void)[] = [];
  worker.make = () => new Promise((resolve) => made.push(resolve));
  const abort = new AbortController();
  const first = segmenter.segment(photo, { signal: abort.signal });
  const waiting = segmenter.segment(photo, { signal: abort.signal });
  await vi.waitFor(() => expect(made).toHaveLength(1));
  abort.abort(new Error('enough'));
  await expect(first).rejects.toThrow('enough');
  await expect(waiting).rejects.toThrow('enough');
  made[0]?.({ cutout: new FakeBitmap() as unknown as ImageBitmap });
  worker.make = async () => ({ cutout: new FakeBitmap() });
  const { cutout } = await segmenter.segment(photo);
  cutout.close();
  // The aborted photo that waited was not sent to the worker.
  await vi.waitFor(() => expect(FakeBitmap.open.size).toBe(2));
  await segmenter.destroy();
});

test('the signal aborts a photo that never decodes', async () => {
  vi.mocked(loadPhoto).mockImplementation(never);
  const abort = new AbortController();
  const segmenter = await ImageSegmenter.create({ model });
  const segmented = segmenter.segment(photo, { signal: abort.signal });
  const all = segmentImage(photo, { model, signal: abort.signal });
  await vi.waitFor(() => expect(loadPhoto).toHaveBeenCalledTimes(2));
  abort.abort(new Error('enough'));
  await expect(segmented).rejects.toThrow('enough');
  await expect(all).rejects.toThrow('enough');
});

test('a lost worker rejects the current photo, and the next photo starts a new worker', async () => {
  const segmenter = await ImageSegmenter.create({ model });
  worker.make = async () => {
    const cause = new CycloramaError('worker', 'the worker has ended');
    worker.lose(cause);
    throw cause;
  };
  await expect(segmenter.segment(photo)).rejects.toMatchObject({ code: 'worker' });
  expect(FakeBitmap.open.size).toBe(0);
  worker.make = async () => ({ cutout: new FakeBitmap() });
  (await segmenter.segment(photo)).cutout.close();
  expect(worker.opened).toBe(2);
  await segmenter.destroy();
});

test('a segmenter can be destroyed twice, and by `using`', async () => {
  const segmenter = await ImageSegmenter.create({ model });
  worker.make = never;
  const working = segmenter.segment(photo);
  const first = segmenter.destroy();
  await expect(working).rejects.toMatchObject({ code: 'destroyed' });
  worker.make = async () => ({});
  void first;
  void segmenter[asyncDispose]();
  expect(worker.closed).toBe(1);
  await expect(segmenter.segment(photo)).rejects.toMatchObject({ code: 'destroyed' });
});

test('`using` closes all images of a result', async () => {
  worker.make = async () => ({ mask: new FakeBitmap(), cutout: new FakeBitmap() });
  const result = await segmentImage(photo, { model, output: ['mask', 'cutout'] });
  expect(Object.keys(result)).toEqual(['mask', 'cutout', 'width', 'height']);
  const before = FakeBitmap.open.size;
  result[dispose]();
  expect(FakeBitmap.open.size).toBe(before - 2);
});

test('`segmentImage` copies its options', async () => {
  const effect = { kind: 'color', color: '#fff' };
  const given = new ArrayBuffer(4);
  const done = segmentImage(photo, { model: given, output: 'composite', effect: effect as never });
  effect.color = 'no color';
  structuredClone(given, { transfer: [given] });
  worker.make = async () => ({ composite: new FakeBitmap() });
  await expect(done).resolves.toHaveProperty('composite');
});

test('wrong arguments reject with an option error', async () => {
  const segmenter = await ImageSegmenter.create({ model });
  const option = { code: 'option' };
  await expect(ImageSegmenter.create(null as never)).rejects.toMatchObject(option);
  await expect(ImageSegmenter.create({ model: new ArrayBuffer(0) })).rejects.toMatchObject({ code: 'model' });
  await expect(segmenter.segment(photo, null as never)).rejects.toMatchObject(option);
  await expect(segmenter.segment(photo, { output: {} as never })).rejects.toMatchObject(option);
  await expect(segmentImage(photo, null as never)).rejects.toMatchObject(option);
  await expect(segmentImage(photo, { signal: {} as never })).rejects.toMatchObject(option);
  await expect(ImageSegmenter.create({ model: 'meet-full' })).rejects.toMatchObject({ code: 'asset' });
  expect(worker.opened).toBe(1);
  await segmenter.destroy();
});
