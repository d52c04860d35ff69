import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type ProcessedTrack, processTrack } from '../src/page/tracks/process-track.js';
import type { PipelineService } from '../src/shared/protocol.js';
import { asTrack, FakeTrack, settled, stubMedia } from './fake-media.js';

/** What the page sent pipeline, in order. */
let sent: unknown[][];
let end: (() => void) | undefined;
let processed: ProcessedTrack | undefined;
/** What pipeline answers to `connectTrack`. */
let connectTrack: (track: FakeTrack, isNew: boolean) => Promise<FakeTrack | undefined>;

/** What keeps pipeline from taking streams. */
let refusal: unknown;

const pipeline = {
  takesTracks: async () => true,
  backend: async () => 'webgl',
  connect: (_: unknown, enabled: boolean, writable?: unknown) => {
    sent.push(['connect', enabled, writable !== undefined]);
    if (refusal) return Promise.reject(refusal);
    return new Promise<boolean>((resolve) => {
      end = () => resolve(true);
    });
  },
  connectTrack: (track: unknown, enabled: boolean, isNew: boolean) => {
    sent.push(['connectTrack', enabled, (track as FakeTrack).enabled, isNew]);
    return connectTrack(track as FakeTrack, isNew);
  },
  enable: async (enabled: boolean) => {
    sent.push(['enable', enabled]);
  },
} as unknown as PipelineService;

const MAKER = { make: async () => undefined, drop() {} };

class FakeProcessor {
  static open = new Set<FakeProcessor>();
  readonly readable = {
    locked: false,
    cancel: async () => {
      FakeProcessor.open.delete(this);
    },
  };

  constructor({ track }: { track: FakeTrack }) {
    if (track.readyState === 'ended') throw new TypeError('Input track cannot be ended');
    FakeProcessor.open.add(this);
  }
}

class FakeGenerator extends FakeTrack {
  readonly writable = {};
}

async function process(camera: FakeTrack, signal?: AbortSignal): Promise<FakeTrack> {
  processed = await processTrack(asTrack(camera), pipeline, MAKER, signal);
  return processed.output as unknown as FakeTrack;
}

beforeEach(() => {
  sent = [];
  refusal = undefined;
  connectTrack = async (_, isNew) => (isNew ? new FakeTrack() : undefined);
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  stubMedia();
});

afterEach(() => {
  processed?.end();
  processed = undefined;
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

function later<Result>() {
  let resolve!: (result: Result) => void;
  const promise = new Promise<Result>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

/** What a track tells of its mute from now on. */
function listen(track: FakeTrack): string[] {
  const events: string[] = [];
  for (const type of ['mute', 'unmute']) track.addEventListener(type, () => events.push(type));
  return events;
}

const ways = ['of the page', 'of the worker'] as const;

describe.each(ways)('with streams %s', (way) => {
  beforeEach(() => {
    if (way !== 'of the page') return;
    vi.stubGlobal('MediaStreamTrackProcessor', FakeProcessor);
    vi.stubGlobal('MediaStreamTrackGenerator', FakeGenerator);
  });

  const connected = (enabled: boolean, isNew: boolean) =>
    way === 'of the page' ? ['connect', enabled, isNew] : ['connectTrack', enabled, enabled, isNew];

  test('a camera that is off is known to be from the beginning, and each switch of it at once', async () => {
    const camera = new FakeTrack();
    camera.enabled = false;
    const output = await process(camera);
    expect(output.enabled).toBe(false);
    camera.enabled = true;
    camera.enabled = true;
    expect(output.enabled).toBe(true);
    camera.enabled = false;
    expect(sent).toEqual([connected(false, true), ['enable', true], ['enable', false]]);
  });

  test('switching off is told before it is done, and switching on afterwards', async () => {
    const camera = new FakeTrack();
    await process(camera);
    const states: boolean[] = [];
    const told = vi.spyOn(pipeline, 'enable').mockImplementation(async () => {
      states.push(camera.enabled);
    });
    camera.enabled = false;
    camera.enabled = true;
    expect(states).toEqual([true, true]);
    told.mockRestore();
  });

  test('an output that the app has muted stays muted, whatever the camera does', async () => {
    const camera = new FakeTrack();
    const output = await process(camera);
    output.enabled = false;
    for (const enabled of [false, true]) camera.enabled = enabled;
    vi.advanceTimersByTime(1000);
    expect(output.enabled).toBe(false);
    camera.enabled = false;
    output.enabled = true;
    expect(output.enabled).toBe(false);
    camera.enabled = true;
    expect(output.enabled).toBe(true);
    // The browser's own: a clone has the app's wish, and the pictures are black.
    const native = Object.getOwnPropertyDescriptor(FakeTrack.prototype, 'enabled')?.get;
    camera.enabled = false;
    expect([native?.call(output), processed?.isEnabled]).toEqual([true, true]);
    output.enabled = false;
    camera.enabled = true;
    expect(processed?.isEnabled).toBe(false);
  });

  test('a muted camera shows nothing, and its output is muted with it', async () => {
    const camera = new FakeTrack();
    const output = await process(camera);
    const events = listen(output);
    camera.mute(true);
    expect([output.muted, output.enabled]).toEqual([true, true]);
    // Off and on again while it is muted.
    camera.enabled = false;
    camera.enabled = true;
    camera.mute(false);
    expect([output.muted, output.enabled]).toEqual([false, true]);
    expect(sent.slice(1)).toEqual([
      ['enable', false],
      ['enable', true],
    ]);
    // Not every browser tells.
    camera.muted = true;
    vi.advanceTimersByTime(250);
    expect(sent.at(-1)).toEqual(['enable', false]);
    expect(events).toEqual(['mute', 'unmute', 'mute']);
  });

  test('a camera that is muted from the beginning shows nothing until it is unmuted', async () => {
    const camera = new FakeTrack();
    camera.muted = true;
    const output = await process(camera);
    expect(output.muted).toBe(true);
    camera.mute(false);
    const first = way === 'of the page' ? ['connect', false, true] : ['connectTrack', false, true, true];
    expect(sent).toEqual([first, ['enable', true]]);
  });

  test('another camera brings its own mute along', async () => {
    const [first, second] = [new FakeTrack(), new FakeTrack()];
    first.muted = true;
    const output = await process(first);
    const events = listen(output);
    await processed?.take(asTrack(second));
    await processed?.take(asTrack(first));
    expect([output.muted, events]).toEqual([true, ['unmute', 'mute']]);
    second.mute(true);
    expect(events).toHaveLength(2);
  });

  test('another camera brings its own switch and hint along', async () => {
    const [first, second] = [new FakeTrack(), new FakeTrack()];
    first.contentHint = 'motion';
    second.contentHint = 'detail';
    second.enabled = false;
    const output = await process(first);
    expect(output.contentHint).toBe('motion');
    await processed?.take(asTrack(second));
    expect([output.enabled, output.contentHint]).toEqual([false, 'detail']);
    first.enabled = false;
    second.enabled = true;
    expect(sent.slice(1)).toEqual([connected(false, false), ['enable', true]]);
    expect(output.enabled).toBe(true);
    second.contentHint = 'text';
    vi.advanceTimersByTime(1000);
    expect(output.contentHint).toBe('text');
    output.contentHint = 'motion';
    vi.advanceTimersByTime(1000);
    expect(output.contentHint).toBe('motion');
  });

  test('nothing is left on a camera that is not followed any more', async () => {
    const [first, second] = [new FakeTrack(), new FakeTrack()];
    const output = await process(first);
    await processed?.take(asTrack(second));
    expect(Object.hasOwn(first, 'enabled')).toBe(false);
    expect(Object.hasOwn(second, 'enabled')).toBe(true);
    second.enabled = false;
    processed?.end();
    expect(Object.hasOwn(second, 'enabled')).toBe(false);
    expect([second.enabled, second.readyState, output.readyState]).toEqual([false, 'live', 'ended']);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('two outputs of one camera both hear of it', async () => {
    const camera = new FakeTrack();
    await process(camera);
    const other = await processTrack(asTrack(camera), pipeline, MAKER);
    camera.enabled = false;
    expect(sent.slice(2)).toEqual([
      ['enable', false],
      ['enable', false],
    ]);
    other.end();
    camera.enabled = true;
    expect(sent.at(-1)).toEqual(['enable', true]);
  });

  test('a camera that takes no accessor is looked at now and then', async () => {
    const camera = Object.preventExtensions(new FakeTrack());
    await process(camera);
    camera.enabled = false;
    vi.advanceTimersByTime(250);
    expect(sent.at(-1)).toEqual(['enable', false]);
  });

  test('a switch that meets a released worker is no error of the app', async () => {
    const camera = new FakeTrack();
    await process(camera);
    const released = vi.spyOn(pipeline, 'enable').mockImplementation(() => {
      throw new Error('Proxy has been released and is not useable');
    });
    camera.enabled = false;
    await settled();
    expect(camera.enabled).toBe(false);
    released.mockRestore();
  });

  test('the output ends with the camera, however that ends, and a stopped output is followed no more', async () => {
    const camera = new FakeTrack();
    const output = await process(camera);
    const ended = vi.fn();
    output.addEventListener('ended', ended);
    camera.stop();
    vi.advanceTimersByTime(250);
    expect([output.readyState, ended.mock.calls.length]).toEqual(['ended', 1]);

    const another = new FakeTrack();
    const stopped = await process(another);
    stopped.stop();
    vi.advanceTimersByTime(250);
    expect([another.readyState, Object.hasOwn(another, 'enabled'), vi.getTimerCount()]).toEqual([
      'live',
      false,
      0,
    ]);
  });

  test('a camera that has ended is told by its name, and the one before stays', async () => {
    const [camera, ended] = [new FakeTrack(), new FakeTrack()];
    ended.stop();
    await expect(process(ended)).rejects.toMatchObject({
      code: 'option',
      message: expect.stringContaining('ended'),
    });
    expect(sent).toEqual([]);
    const output = await process(camera);
    await expect(processed?.take(asTrack(ended))).rejects.toMatchObject({ code: 'option' });
    camera.enabled = false;
    expect([output.enabled, output.readyState]).toEqual([false, 'live']);
    expect(sent.at(-1)).toEqual(['enable', false]);
  });

  test('a signal that is aborted before begins nothing', async () => {
    const [camera, next] = [new FakeTrack(), new FakeTrack()];
    await expect(process(camera, AbortSignal.abort('enough'))).rejects.toBe('enough');
    expect([sent, camera.clones]).toEqual([[], []]);
    await process(camera);
    await expect(processed?.take(asTrack(next), AbortSignal.abort('enough'))).rejects.toBe('enough');
    expect(Object.hasOwn(next, 'enabled')).toBe(false);
    expect(sent).toHaveLength(1);
  });
});

describe('with streams of the worker', () => {
  test('a camera that ends on its way is told by its name', async () => {
    const camera = new FakeTrack();
    connectTrack = async (clone) => {
      camera.stop();
      new FakeProcessor({ track: Object.assign(clone, { readyState: 'ended' }) });
      return undefined;
    };
    await expect(process(camera)).rejects.toMatchObject({
      code: 'option',
      message: expect.stringContaining('ended'),
    });
    expect(camera.clones.map(({ readyState }) => readyState)).toEqual(['ended']);
  });

  test('a signal ends the wait for the worker, whose track is stopped when it comes', async () => {
    const camera = new FakeTrack();
    const late = new FakeTrack();
    const answer = later<FakeTrack>();
    connectTrack = () => answer.promise;
    const stop = new AbortController();
    const given = process(camera, stop.signal);
    await settled();
    stop.abort('enough');
    await expect(given).rejects.toBe('enough');
    expect(Object.hasOwn(camera, 'enabled')).toBe(false);
    answer.resolve(late);
    await settled();
    expect([late.readyState, camera.readyState, vi.getTimerCount()]).toEqual(['ended', 'live', 0]);
  });

  test('a signal that ends the wait for another camera leaves the last one in place', async () => {
    const [camera, next] = [new FakeTrack(), new FakeTrack()];
    await process(camera);
    const answer = later<undefined>();
    connectTrack = () => answer.promise;
    const stop = new AbortController();
    const taken = processed?.take(asTrack(next), stop.signal);
    stop.abort('enough');
    await expect(taken).rejects.toBe('enough');
    answer.resolve(undefined);
    await settled();
    // The worker has done what was asked for: it is asked for the last camera again.
    expect(sent.map(([call]) => call)).toEqual(['connectTrack', 'connectTrack', 'connectTrack']);
    camera.enabled = false;
    next.enabled = false;
    expect(sent.slice(3)).toEqual([['enable', false]]);
  });

  test('a camera that was switched while the worker was asked is told of', async () => {
    const camera = new FakeTrack();
    connectTrack = async () => {
      camera.enabled = false;
      return new FakeTrack();
    };
    await process(camera);
    expect(sent.at(-1)).toEqual(['enable', false]);
  });
});

test('the end of the connection ends the track of the page', async () => {
  vi.stubGlobal('MediaStreamTrackProcessor', FakeProcessor);
  vi.stubGlobal('MediaStreamTrackGenerator', FakeGenerator);
  const output = await process(new FakeTrack());
  end?.();
  await settled();
  expect(output.readyState).toBe('ended');
});
