import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type ProcessedTrack, processTrack } from '../../../src/page/tracks/process-track.js';
import type { PipelineService } from '../../../src/shared/protocol.js';
import { deferred } from '../../fakes/deferred.js';
import { asTrack, FakeTrack, settled, stubMedia } from '../../fakes/media.js';

/** The calls of the pipeline, in order. */
let sent: unknown[][];
let end: (() => void) | undefined;
let processed: ProcessedTrack | undefined;
/** The reply of the pipeline to `connectTrack`. */
let connectTrack: (track: FakeTrack, isNew: boolean) => Promise<FakeTrack | undefined>;

/** The error of the pipeline when it receives streams. */
let connectError: unknown;

const pipeline = {
  takesTracks: async () => true,
  backend: async () => 'webgl',
  connect: (_: unknown, enabled: boolean, writable?: unknown) => {
    sent.push(['connect', enabled, writable !== undefined]);
    if (connectError) return Promise.reject(connectError);
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
  connectError = undefined;
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

/** Records the mute events of a track. */
function listen(track: FakeTrack): string[] {
  const events: string[] = [];
  for (const type of ['mute', 'unmute']) track.addEventListener(type, () => events.push(type));
  return events;
}

const owners = ['of the page', 'of the worker'] as const;

describe.each(owners)('with streams %s', (owner) => {
  beforeEach(() => {
    if (owner !== 'of the page') return;
    vi.stubGlobal('MediaStreamTrackProcessor', FakeProcessor);
    vi.stubGlobal('MediaStreamTrackGenerator', FakeGenerator);
  });

  const connected = (enabled: boolean, isNew: boolean) =>
    owner === 'of the page' ? ['connect', enabled, isNew] : ['connectTrack', enabled, enabled, isNew];

  test('the pipeline receives the initial state of a disabled camera, and each change at once', async () => {
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

  test('the pipeline is notified before the camera is disabled, and after it is enabled', async () => {
    const camera = new FakeTrack();
    await process(camera);
    const states: boolean[] = [];
    const enable = vi.spyOn(pipeline, 'enable').mockImplementation(async () => {
      states.push(camera.enabled);
    });
    camera.enabled = false;
    camera.enabled = true;
    expect(states).toEqual([true, true]);
    enable.mockRestore();
  });

  test('an output that the app disabled stays disabled when the camera changes', async () => {
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
    // The native property has the app's choice for clones. The frames are black.
    const native = Object.getOwnPropertyDescriptor(FakeTrack.prototype, 'enabled')?.get;
    camera.enabled = false;
    expect([native?.call(output), processed?.isEnabled]).toEqual([true, true]);
    output.enabled = false;
    camera.enabled = true;
    expect(processed?.isEnabled).toBe(false);
  });

  test('the output of a muted camera is muted, and the pipeline is disabled', async () => {
    const camera = new FakeTrack();
    const output = await process(camera);
    const events = listen(output);
    camera.mute(true);
    expect([output.muted, output.enabled]).toEqual([true, true]);
    // The camera is disabled and enabled while it is muted.
    camera.enabled = false;
    camera.enabled = true;
    camera.mute(false);
    expect([output.muted, output.enabled]).toEqual([false, true]);
    expect(sent.slice(1)).toEqual([
      ['enable', false],
      ['enable', true],
    ]);
    // Some browsers do not dispatch `mute`.
    camera.muted = true;
    vi.advanceTimersByTime(250);
    expect(sent.at(-1)).toEqual(['enable', false]);
    expect(events).toEqual(['mute', 'unmute', 'mute']);
  });

  test('the pipeline is disabled for a camera that starts muted, until it is unmuted', async () => {
    const camera = new FakeTrack();
    camera.muted = true;
    const output = await process(camera);
    expect(output.muted).toBe(true);
    camera.mute(false);
    const first = owner === 'of the page' ? ['connect', false, true] : ['connectTrack', false, true, true];
    expect(sent).toEqual([first, ['enable', true]]);
  });

  test('the output takes the mute state of a new camera', async () => {
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

  test('the output takes `enabled` and `contentHint` of a new camera', async () => {
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

  test('a replaced or released camera keeps no accessors and no timers', async () => {
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

  test('two outputs of one camera both follow it', async () => {
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

  test('a camera that is not extensible is polled', async () => {
    const camera = Object.preventExtensions(new FakeTrack());
    await process(camera);
    camera.enabled = false;
    vi.advanceTimersByTime(250);
    expect(sent.at(-1)).toEqual(['enable', false]);
  });

  test('setting `enabled` does not throw after the worker is released', async () => {
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

  test('the output ends with the camera, and a stopped output releases the camera', async () => {
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

  test('`processTrack` and `take` reject an ended camera, and the last camera stays', async () => {
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

  test('a signal that is already aborted starts nothing', async () => {
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
  test('`processTrack` rejects when the camera ends during the transfer', async () => {
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

  test('a signal aborts the wait for the worker, and a late track is stopped', async () => {
    const camera = new FakeTrack();
    const late = new FakeTrack();
    const answer = deferred<FakeTrack>();
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

  test('a signal that aborts the wait for a new camera leaves the last camera in place', async () => {
    const [camera, next] = [new FakeTrack(), new FakeTrack()];
    await process(camera);
    const answer = deferred<undefined>();
    connectTrack = () => answer.promise;
    const stop = new AbortController();
    const taken = processed?.take(asTrack(next), stop.signal);
    stop.abort('enough');
    await expect(taken).rejects.toBe('enough');
    answer.resolve(undefined);
    await settled();
    // The worker has switched to the new camera, so it must switch back to the last one.
    expect(sent.map(([call]) => call)).toEqual(['connectTrack', 'connectTrack', 'connectTrack']);
    camera.enabled = false;
    next.enabled = false;
    expect(sent.slice(3)).toEqual([['enable', false]]);
  });

  test('the worker is notified when the camera changes during the call', async () => {
    const camera = new FakeTrack();
    connectTrack = async () => {
      camera.enabled = false;
      return new FakeTrack();
    };
    await process(camera);
    expect(sent.at(-1)).toEqual(['enable', false]);
  });
});

test('the output of the page ends with the connection', async () => {
  vi.stubGlobal('MediaStreamTrackProcessor', FakeProcessor);
  vi.stubGlobal('MediaStreamTrackGenerator', FakeGenerator);
  const output = await process(new FakeTrack());
  end?.();
  await settled();
  expect(output.readyState).toBe('ended');
});
