import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { processOnCanvas } from '../../../src/page/tracks/canvas-track.js';
import { type ProcessedTrack, processTrack } from '../../../src/page/tracks/process-track.js';
import { CycloramaError } from '../../../src/shared/errors.js';
import type { PipelineService } from '../../../src/shared/protocol.js';
import { trackStreams } from '../../../src/shared/track-streams.js';
import { deferred } from '../../fakes/deferred.js';
import { asTrack, FakeTrack, settled, stubMedia } from '../../fakes/media.js';

vi.mock('../../../src/page/tracks/canvas-track.js', () => ({ processOnCanvas: vi.fn() }));

const notCloned = () => new DOMException('the track could not be cloned', 'DataCloneError');
/** An error in the form in which the worker sends it. */
const broken = { code: 'internal', message: 'the engine failed: the constructor throws' };
const PAGE = "the page's streams";
const WORKER = "the worker's streams";

let camera: FakeTrack;
let canvas: FakeTrack;
let warnings: string[];
let processed: ProcessedTrack | undefined;
/** The processors whose streams are not cancelled. */
let reading: Set<object>;
let generators: FakeTrack[];
/** The replies of the fake worker. */
let answers: {
  takesTracks(): Promise<boolean>;
  connect(): Promise<boolean>;
  connectTrack(): Promise<FakeTrack | undefined>;
};

class Processor {
  readonly readable = { locked: false, cancel: async () => void reading.delete(this) };

  constructor() {
    reading.add(this);
  }
}

class Generator extends FakeTrack {
  readonly writable = {};

  constructor() {
    super();
    generators.push(this);
  }
}

class Throws {
  constructor() {
    throw new TypeError('the constructor throws');
  }
}

beforeEach(() => {
  stubMedia();
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  vi.stubGlobal('HTMLCanvasElement', { prototype: { captureStream() {} } });
  [camera, canvas, warnings, reading, generators] = [new FakeTrack(), new FakeTrack(), [], new Set(), []];
  answers = {
    takesTracks: async () => false,
    connect: () => new Promise(() => {}),
    connectTrack: async () => new FakeTrack(),
  };
  vi.mocked(processOnCanvas).mockReset();
  vi.mocked(processOnCanvas).mockImplementation((_, __, signal) => {
    signal.addEventListener('abort', () => canvas.stop());
    return { output: asTrack(canvas), isEnabled: true, take() {} };
  });
});

afterEach(() => {
  processed?.end();
  processed = undefined;
  vi.useRealTimers();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

async function open(signal?: AbortSignal): Promise<FakeTrack> {
  const pipeline = {
    takesTracks: () => answers.takesTracks(),
    connect: () => answers.connect(),
    connectTrack: () => answers.connectTrack(),
    backend: async () => 'webgl',
    enable: async () => {},
  } as unknown as PipelineService;
  const maker = {
    make: async () => undefined,
    drop() {},
    warn: (message: string) => void warnings.push(message),
  };
  processed = await processTrack(asTrack(camera), pipeline, maker, signal);
  return processed.output as unknown as FakeTrack;
}

function stubPage(processor: object = Processor, generator: object = Generator): void {
  vi.stubGlobal('MediaStreamTrackProcessor', processor);
  vi.stubGlobal('MediaStreamTrackGenerator', generator);
}

/** Expects that a failed attempt has released its resources and restored the camera. */
function expectReleased(): void {
  expect(reading.size).toBe(0);
  expect([...generators, ...camera.clones].map(({ readyState }) => readyState)).not.toContain('live');
  expect([Object.hasOwn(camera, 'enabled'), camera.readyState, vi.getTimerCount()]).toEqual([
    false,
    'live',
    0,
  ]);
}

const failures: Record<string, [string, string, () => void]> = {
  'the processor constructor throws': [PAGE, 'the constructor throws', () => stubPage(Throws)],
  'the generator constructor throws': [PAGE, 'the constructor throws', () => stubPage(Processor, Throws)],
  'the streams of the page cannot be transferred': [
    PAGE,
    'could not be cloned',
    () => {
      stubPage();
      answers.connect = () => Promise.reject(notCloned());
    },
  ],
  'tracks cannot be transferred': [
    WORKER,
    'could not be cloned',
    () => {
      answers.takesTracks = async () => true;
      answers.connectTrack = () => Promise.reject(notCloned());
    },
  ],
  'a constructor throws in the worker': [
    WORKER,
    'the constructor throws',
    () => {
      answers.takesTracks = async () => true;
      answers.connectTrack = () => Promise.reject(broken);
    },
  ],
  'the worker returns no track': [
    WORKER,
    'returned no track',
    () => {
      answers.takesTracks = async () => true;
      answers.connectTrack = async () => undefined;
    },
  ],
};

test.each(Object.entries(failures))(
  'when %s, `processTrack` falls back to a canvas and warns with the reason',
  async (...[, failure]) => {
    const [method, reason, prepare] = failure;
    prepare();
    expect(await open()).toBe(canvas);
    expect(warnings).toEqual([expect.stringContaining(method)]);
    expect(warnings[0]).toContain(reason);
    // The worker stops a clone that it has received.
    if (!reason.includes('no track')) expectReleased();
  },
);

test("when the page's streams fail, `processTrack` uses the worker's streams before a canvas", async () => {
  stubPage(Throws);
  const track = new FakeTrack();
  answers.takesTracks = async () => true;
  answers.connectTrack = async () => track;
  expect(await open()).toBe(track);
  expect([warnings.length, vi.mocked(processOnCanvas).mock.calls.length]).toEqual([1, 0]);
});

test('`processTrack` stops waiting for a worker that does not answer, and stops its late track', async () => {
  const timeout = new AbortController();
  vi.spyOn(AbortSignal, 'timeout').mockReturnValue(timeout.signal);
  const late = new FakeTrack();
  answers.takesTracks = async () => true;
  const answer = deferred<FakeTrack>();
  answers.connectTrack = () => answer.promise;
  const opened = open();
  await settled();
  timeout.abort(new DOMException('signal timed out', 'TimeoutError'));
  expect(await opened).toBe(canvas);
  expect(warnings).toEqual([expect.stringContaining('timed out')]);
  answer.resolve(late);
  await settled();
  expect(late.readyState).toBe('ended');
});

test('when every method fails, the error is `unsupported` and has the last reason as its cause', async () => {
  stubPage(Throws);
  const failure = new DOMException('this canvas is not captured', 'SecurityError');
  vi.mocked(processOnCanvas).mockImplementation(() => {
    throw failure;
  });
  await expect(open()).rejects.toMatchObject({ code: 'unsupported', cause: failure });
  expect(warnings.map((warning) => warning.slice(0, 18))).toEqual([PAGE, 'a captured canvas ']);
  expectReleased();
});

test.each(['worker', 'destroyed'] as const)('an error with code %s causes no fallback', async (code) => {
  answers.takesTracks = async () => true;
  answers.connectTrack = () => Promise.reject(new CycloramaError(code, 'made to fail'));
  await expect(open()).rejects.toMatchObject({ code });
  expect([warnings, vi.mocked(processOnCanvas).mock.calls]).toEqual([[], []]);
});

test('a signal that aborts during the transfer of the streams leaves no resources open', async () => {
  stubPage();
  const stop = new AbortController();
  answers.connect = () => {
    stop.abort('enough');
    return new Promise(() => {});
  };
  await expect(open(stop.signal)).rejects.toBe('enough');
  expect([generators[0]?.readyState, warnings, Object.hasOwn(camera, 'enabled')]).toEqual([
    'ended',
    [],
    false,
  ]);
});

test('a camera whose streams are rejected leaves the last camera in place', async () => {
  stubPage();
  const output = await open();
  const next = new FakeTrack();
  answers.connect = () => Promise.reject(notCloned());
  await expect(processed?.take(asTrack(next))).rejects.toThrow('could not be cloned');
  expect(reading.size).toBe(1);
  camera.enabled = false;
  expect([output.enabled, output.readyState, Object.hasOwn(next, 'enabled')]).toEqual([false, 'live', false]);
});

describe('`trackStreams`', () => {
  class VideoTrackGenerator {
    readonly track = new FakeTrack();
  }
  const clones: FakeTrack[] = [];

  beforeEach(() => {
    clones.length = 0;
    vi.stubGlobal('structuredClone', (track: FakeTrack) => {
      clones.push(track.clone());
      return clones[0];
    });
  });

  test('returns both classes when a track can be transferred, and stops its test track', () => {
    vi.stubGlobal('MediaStreamTrackProcessor', Processor);
    vi.stubGlobal('VideoTrackGenerator', VideoTrackGenerator);
    expect(trackStreams()).toEqual({ MediaStreamTrackProcessor: Processor, VideoTrackGenerator });
    expect(clones.map(({ readyState }) => readyState)).toEqual(['ended']);
  });

  test.each([
    ['the processor alone', { MediaStreamTrackProcessor: Processor }],
    ['the generator alone', { VideoTrackGenerator }],
    ['a generator that throws', { MediaStreamTrackProcessor: Processor, VideoTrackGenerator: Throws }],
  ])('returns undefined with %s', (_, globals) => {
    for (const entry of Object.entries(globals)) vi.stubGlobal(...(entry as [string, unknown]));
    expect(trackStreams()).toBeUndefined();
  });

  test('returns undefined when tracks cannot be transferred', () => {
    vi.stubGlobal('MediaStreamTrackProcessor', Processor);
    vi.stubGlobal('VideoTrackGenerator', VideoTrackGenerator);
    vi.stubGlobal('structuredClone', () => {
      throw notCloned();
    });
    expect(trackStreams()).toBeUndefined();
  });
});
