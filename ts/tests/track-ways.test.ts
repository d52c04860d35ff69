import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { processOnCanvas } from '../src/page/tracks/canvas-track.js';
import { type ProcessedTrack, processTrack } from '../src/page/tracks/process-track.js';
import { CycloramaError } from '../src/shared/errors.js';
import type { PipelineService } from '../src/shared/protocol.js';
import { trackStreams } from '../src/shared/track-streams.js';
import { asTrack, FakeTrack, settled, stubMedia } from './fake-media.js';

vi.mock('../src/page/tracks/canvas-track.js', () => ({ processOnCanvas: vi.fn() }));

const notCloned = () => new DOMException('the track could not be cloned', 'DataCloneError');
/** An error as it comes from the worker. */
const broken = { code: 'internal', message: 'the engine failed: the constructor refuses' };
const PAGE = "the page's streams";
const WORKER = "the worker's streams";

let camera: FakeTrack;
let canvas: FakeTrack;
let warnings: string[];
let processed: ProcessedTrack | undefined;
/** Processors whose frames nobody has given back, and generators. */
let reading: Set<object>;
let generators: FakeTrack[];
/** What the browser does when it is asked. */
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

class Refuses {
  constructor() {
    throw new TypeError('the constructor refuses');
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

/** What was opened for a way that failed is given back, and the camera is as it was. */
function expectNothingLeft(): void {
  expect(reading.size).toBe(0);
  expect([...generators, ...camera.clones].map(({ readyState }) => readyState)).not.toContain('live');
  expect([Object.hasOwn(camera, 'enabled'), camera.readyState, vi.getTimerCount()]).toEqual([
    false,
    'live',
    0,
  ]);
}

const obstacles: Record<string, [string, string, () => void]> = {
  'the processor refuses': [PAGE, 'the constructor refuses', () => stubPage(Refuses)],
  'the generator refuses': [PAGE, 'the constructor refuses', () => stubPage(Processor, Refuses)],
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
  'a constructor refuses in the worker': [
    WORKER,
    'the constructor refuses',
    () => {
      answers.takesTracks = async () => true;
      answers.connectTrack = () => Promise.reject(broken);
    },
  ],
  'the worker gives no track': [
    WORKER,
    'returned no track',
    () => {
      answers.takesTracks = async () => true;
      answers.connectTrack = async () => undefined;
    },
  ],
};

test.each(Object.entries(obstacles))(
  'where %s, a canvas is the way, and a warning says why',
  async (...[, obstacle]) => {
    const [way, why, prepare] = obstacle;
    prepare();
    expect(await open()).toBe(canvas);
    expect(warnings).toEqual([expect.stringContaining(way)]);
    expect(warnings[0]).toContain(why);
    // A clone that the worker has taken over is the worker's to stop.
    if (!why.includes('no track')) expectNothingLeft();
  },
);

test("where the page's streams fail, those of the worker come before the canvas", async () => {
  stubPage(Refuses);
  const track = new FakeTrack();
  answers.takesTracks = async () => true;
  answers.connectTrack = async () => track;
  expect(await open()).toBe(track);
  expect([warnings.length, vi.mocked(processOnCanvas).mock.calls.length]).toEqual([1, 0]);
});

test('a worker that does not answer is given up, and the track that it gives late is stopped', async () => {
  const patience = new AbortController();
  vi.spyOn(AbortSignal, 'timeout').mockReturnValue(patience.signal);
  const late = new FakeTrack();
  let answer!: (track: FakeTrack) => void;
  answers.takesTracks = async () => true;
  answers.connectTrack = () =>
    new Promise((resolve) => {
      answer = resolve;
    });
  const opened = open();
  await settled();
  patience.abort(new DOMException('signal timed out', 'TimeoutError'));
  expect(await opened).toBe(canvas);
  expect(warnings).toEqual([expect.stringContaining('timed out')]);
  answer(late);
  await settled();
  expect(late.readyState).toBe('ended');
});

test('where every way fails, the error is typed and has the last reason', async () => {
  stubPage(Refuses);
  const refusal = new DOMException('this canvas is not captured', 'SecurityError');
  vi.mocked(processOnCanvas).mockImplementation(() => {
    throw refusal;
  });
  await expect(open()).rejects.toMatchObject({ code: 'unsupported', cause: refusal });
  expect(warnings.map((warning) => warning.slice(0, 18))).toEqual([PAGE, 'a captured canvas ']);
  expectNothingLeft();
});

test.each(['worker', 'destroyed'] as const)(
  'an error of code %s is no reason for another way',
  async (code) => {
    answers.takesTracks = async () => true;
    answers.connectTrack = () => Promise.reject(new CycloramaError(code, 'as the test has it'));
    await expect(open()).rejects.toMatchObject({ code });
    expect([warnings, vi.mocked(processOnCanvas).mock.calls]).toEqual([[], []]);
  },
);

test('a signal that aborts while the page hands its streams over leaves nothing open', async () => {
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

test('a camera whose streams are refused leaves the last one in place', async () => {
  stubPage();
  const output = await open();
  const next = new FakeTrack();
  answers.connect = () => Promise.reject(notCloned());
  await expect(processed?.take(asTrack(next))).rejects.toThrow('could not be cloned');
  expect(reading.size).toBe(1);
  camera.enabled = false;
  expect([output.enabled, output.readyState, Object.hasOwn(next, 'enabled')]).toEqual([false, 'live', false]);
});

describe('a worker takes tracks', () => {
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

  test('where it has both halves and can transfer a track, of which none stays', () => {
    vi.stubGlobal('MediaStreamTrackProcessor', Processor);
    vi.stubGlobal('VideoTrackGenerator', VideoTrackGenerator);
    expect(trackStreams()).toEqual({ MediaStreamTrackProcessor: Processor, VideoTrackGenerator });
    expect(clones.map(({ readyState }) => readyState)).toEqual(['ended']);
  });

  test.each([
    ['the processor alone', { MediaStreamTrackProcessor: Processor }],
    ['the generator alone', { VideoTrackGenerator }],
    ['a generator that refuses', { MediaStreamTrackProcessor: Processor, VideoTrackGenerator: Refuses }],
  ])('but not with %s', (_, globals) => {
    for (const entry of Object.entries(globals)) vi.stubGlobal(...(entry as [string, unknown]));
    expect(trackStreams()).toBeUndefined();
  });

  test('but not where tracks cannot be transferred', () => {
    vi.stubGlobal('MediaStreamTrackProcessor', Processor);
    vi.stubGlobal('VideoTrackGenerator', VideoTrackGenerator);
    vi.stubGlobal('structuredClone', () => {
      throw notCloned();
    });
    expect(trackStreams()).toBeUndefined();
  });
});
