import { vi } from 'vitest';

interface FakeFrameInit {
  timestamp: number;
  duration?: number | null;
  codedWidth?: number;
  codedHeight?: number;
}

/** A frame that remembers whether it was closed. */
export class FakeFrame {
  /** The frames that are not closed. */
  static readonly open = new Set<FakeFrame>();
  readonly displayWidth: number;
  readonly displayHeight: number;
  readonly duration: number | null;
  /** The source of its image. */
  readonly source: unknown;
  readonly #timestamp: number;

  constructor(
    source: unknown,
    { timestamp, duration = null, codedWidth = 0, codedHeight = 0 }: FakeFrameInit,
  ) {
    const { width = codedWidth, height = codedHeight } = source as { width?: number; height?: number };
    if (width === 0) throw new TypeError('the source is closed');
    this.source = source;
    this.displayWidth = width;
    this.displayHeight = height;
    this.duration = duration;
    this.#timestamp = timestamp;
    FakeFrame.open.add(this);
  }

  get timestamp(): number {
    return this.#timestamp;
  }

  /** Whether it was made of a blank canvas. */
  get isBlack(): boolean {
    return this.source instanceof FakeCanvas;
  }

  /** The width as a source of another frame, 0 once it is closed. */
  get width(): number {
    return FakeFrame.open.has(this) ? this.displayWidth : 0;
  }

  get height(): number {
    return this.displayHeight;
  }

  clone(): FakeFrame {
    return new FakeFrame(this, { timestamp: this.timestamp });
  }

  close(): void {
    FakeFrame.open.delete(this);
  }
}

/** An image that remembers whether it was closed. */
export class FakeBitmap {
  static readonly open = new Set<FakeBitmap>();
  width = 640;
  height = 360;

  constructor() {
    FakeBitmap.open.add(this);
  }

  close(): void {
    this.width = 0;
    FakeBitmap.open.delete(this);
  }
}

class FakeCanvas {
  width: number;
  height: number;

  constructor(width: number, height: number) {
    this.width = width;
    this.height = height;
  }

  getContext(): object {
    return { fillRect() {} };
  }

  transferToImageBitmap(): FakeBitmap {
    return new FakeBitmap();
  }
}

/** A track with its properties in accessors of the prototype, as in browsers. */
export class FakeTrack extends EventTarget {
  readonly kind = 'video';
  contentHint = '';
  muted = false;
  clones: FakeTrack[] = [];
  #enabled = true;
  #readyState: 'live' | 'ended' = 'live';

  get enabled(): boolean {
    return this.#enabled;
  }

  set enabled(enabled: boolean) {
    this.#enabled = Boolean(enabled);
  }

  get readyState(): 'live' | 'ended' {
    return this.#readyState;
  }

  stop(): void {
    this.#readyState = 'ended';
  }

  /** Mutes or unmutes the track as a browser does. */
  mute(muted: boolean): void {
    this.muted = muted;
    this.dispatchEvent(new Event(muted ? 'mute' : 'unmute'));
  }

  /** Clones the track without its `enabled`, as some browsers do. */
  clone(): FakeTrack {
    const clone = new FakeTrack();
    this.clones.push(clone);
    return clone;
  }

  getSettings(): MediaTrackSettings {
    return { frameRate: 30 };
  }
}

/** Replaces the browser's media classes with the fakes, until `vi.unstubAllGlobals`. */
export function stubMedia(): void {
  FakeFrame.open.clear();
  FakeBitmap.open.clear();
  vi.stubGlobal('VideoFrame', FakeFrame);
  vi.stubGlobal('ImageBitmap', FakeBitmap);
  vi.stubGlobal('OffscreenCanvas', FakeCanvas);
  vi.stubGlobal('MediaStreamTrack', FakeTrack);
}

/** A camera frame. */
export function frameAt(timestamp: number): VideoFrame {
  return new FakeFrame({ width: 640, height: 360 }, { timestamp }) as unknown as VideoFrame;
}

export function bitmap(): ImageBitmap {
  return new FakeBitmap() as unknown as ImageBitmap;
}

/** Casts a fake track to the browser's type. */
export function asTrack(track: FakeTrack): MediaStreamTrack {
  return track as unknown as MediaStreamTrack;
}

/** Waits until all pending promise callbacks have run. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
