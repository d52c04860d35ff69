/** Fake media objects and a fake engine. The world tracks the open ones. */
import type { Background } from '../../src/shared/background.js';
import type { Engine, Processed } from '../../src/shared/engine-types.js';
import { CycloramaError } from '../../src/shared/errors.js';
import { info, times } from '../fakes/frames.js';
import { Closable, type EngineState, World } from './world.js';

export class FakeBitmap extends Closable {
  readonly width = 16;
  readonly height = 9;
  /** The content: `camera` for an unprocessed frame. */
  readonly shows: string;

  constructor(shows: string) {
    super();
    this.shows = shows;
  }
}

export class FakeFrame extends Closable {
  readonly displayWidth = 16;
  readonly displayHeight = 9;
  readonly timestamp = 0;
  readonly shows: string;

  constructor(shows: string | FakeFrame) {
    super();
    this.shows = typeof shows === 'string' ? shows : shows.shows;
  }

  clone(): FakeFrame {
    if (this.closed) throw new Error('the frame is closed');
    return new FakeFrame(this.shows);
  }
}

export class FakeTrack extends EventTarget {
  readonly kind = 'video';
  readyState: 'live' | 'ended' = 'live';
  enabled = true;

  stop(): void {
    this.readyState = 'ended';
  }

  getSettings(): MediaTrackSettings {
    return { frameRate: 30 };
  }
}

export class FakeVideo extends Closable {
  readonly failure = undefined;
  readonly shows: string;

  constructor(shows: string) {
    super();
    this.shows = shows;
  }

  changed(): boolean {
    return true;
  }

  frame(): FakeFrame {
    if (this.closed) throw new Error('the video is closed');
    return new FakeFrame(this.shows);
  }
}

/** A fake engine that stores its settings, and puts them into its images. */
export class FakeEngine implements Engine, EngineState {
  background = '';
  matting = '';
  model: string;
  ended = false;
  #number = 0;

  constructor(model: Uint8Array, background: Background) {
    this.model = String(model);
    this.setBackground(background);
  }

  setBackground(background: Background): void {
    World.current.fail('setBackground', 'effect');
    this.background = shownBy(background);
  }

  setMatting(matting: object): void {
    this.matting = JSON.stringify(matting);
  }

  async setModel(model: Uint8Array): Promise<void> {
    await World.current.turn('setModel');
    World.current.fail('setModel', 'model');
    this.model = String(model);
  }

  async process(frame: FakeFrame | object): Promise<Processed> {
    if (this.ended) throw new CycloramaError('destroyed', 'the engine was destroyed');
    const before = this.background;
    await World.current.turn('process');
    if (frame instanceof FakeFrame && frame.closed) throw new CycloramaError('frame', 'the frame is closed');
    if (World.current.consume('wasm-crash')) throw new WebAssembly.RuntimeError('unreachable');
    World.current.fail('device-lost', 'device-lost');
    World.current.fail('gpu', 'gpu');
    this.#number += 1;
    return {
      image: new FakeBitmap(`person before ${before}`) as unknown as ImageBitmap,
      width: 16,
      height: 9,
      segmented: true,
      number: this.#number,
      cpu: times(1),
      completed: undefined,
      backgroundError: undefined,
    };
  }

  hide(): ImageBitmap {
    return new FakeBitmap('hidden') as unknown as ImageBitmap;
  }

  info() {
    return { ...info, backend: 'webgl' as const, timestamps: false };
  }

  memory() {
    return { wasm: 1, model: undefined };
  }

  gpuTimes() {
    return [];
  }

  async completed(): Promise<void> {
    await World.current.turn('completed');
  }

  async maskStatus(): Promise<undefined> {}

  lostReason(): undefined {}

  destroy(): void {
    this.ended = true;
  }

  free(): void {
    World.current.engines.delete(this);
  }
}

/** The name of the content of a background. */
export function shownBy(background: Background): string {
  switch (background.kind) {
    case 'image': {
      const image = background.image as unknown as FakeBitmap;
      if (image.closed) throw new Error('the image is closed');
      return image.shows;
    }
    case 'video': {
      const frame = background.image as unknown as FakeFrame;
      if (frame.closed) throw new Error('the frame is closed');
      return frame.shows;
    }
    case 'blur':
      return `blur ${background.radius}`;
    default:
      return background.kind;
  }
}

/** Replaces the browser's media objects with the fakes. */
export function stubMedia(): void {
  Object.assign(globalThis, {
    VideoFrame: FakeFrame,
    ImageBitmap: FakeBitmap,
    MediaStreamTrack: FakeTrack,
    createImageBitmap: async (source: FakeFrame | FakeBitmap) => {
      await World.current.turn('createImageBitmap');
      if (source.closed) throw new Error('the source is closed');
      return new FakeBitmap(source.shows);
    },
  });
}
