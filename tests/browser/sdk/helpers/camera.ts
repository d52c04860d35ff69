import { expect, vi } from 'vitest';
import { readPixels } from './pixels.js';
import { BACKGROUND, countMarker, cut, meanDifference, PERSON, paintScene } from './scene.js';

const [WIDTH, HEIGHT] = [320, 180];

/** A camera before the scene, which does not move. */
export async function openCamera(frameRate = 5): Promise<MediaStreamTrack> {
  const canvas = await paintScene(WIDTH, HEIGHT);
  const context = canvas.getContext('2d');
  const [track] = canvas.captureStream(frameRate).getVideoTracks();
  if (!context || !track) throw new Error('the canvas gave no track');
  const timer = setInterval(() => {
    if (track.readyState === 'ended') return clearInterval(timer);
    // A canvas captures a frame when something is drawn, even the same image.
    context.drawImage(canvas, 0, 0);
  }, 1000 / frameRate);
  return track;
}

/** What an image of the scene shows. `nothing` is neither the camera nor a person. */
export type FrameContent = 'camera' | 'person before the color' | 'nothing';

/** Inspects a `<video>` repeatedly, and collects what it shows until `close()`. */
export class VideoObserver {
  readonly #video: HTMLVideoElement;
  readonly #timer: ReturnType<typeof setInterval>;
  #scene: ImageData | undefined;
  /** Everything that the video has shown so far. */
  readonly contents = new Set<FrameContent>();
  /** The background, in levels of 0 to 255. */
  color: readonly number[];

  constructor(video: HTMLVideoElement, color: readonly number[]) {
    this.#video = video;
    // Browsers autoplay muted videos only.
    video.muted = true;
    this.color = color;
    this.#timer = setInterval(() => this.inspect(), 50);
  }

  async open(): Promise<this> {
    const scene = await paintScene(WIDTH, HEIGHT);
    this.#scene = readPixels(scene, WIDTH, HEIGHT);
    return this;
  }

  /** Waits for the video's next frame. */
  async frame(): Promise<void> {
    let came = false;
    this.#video.requestVideoFrameCallback(() => {
      came = true;
    });
    await vi.waitFor(() => expect(came, 'the video shows another frame').toBe(true), 60_000);
  }

  inspect(): FrameContent {
    if (this.#video.paused) this.#video.play().catch(() => {});
    const content = this.#read();
    this.contents.add(content);
    return content;
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #read(): FrameContent {
    if (!this.#scene || this.#video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) return 'nothing';
    return seen(readPixels(this.#video, WIDTH, HEIGHT), this.#scene, this.color);
  }
}

/** Whether an image of the scene shows the camera, or the person before a color. */
export function seen(pixels: ImageData, scene: ImageData, color: readonly number[]): FrameContent {
  if (BACKGROUND.some((region) => countMarker(cut(pixels, region)) > 0)) return 'camera';
  const isPerson = PERSON.every((region) => meanDifference(cut(pixels, region), cut(scene, region)) < 12);
  const isColor = BACKGROUND.every((region) => distance(cut(pixels, region), color) < 12);
  return isPerson && isColor ? 'person before the color' : 'nothing';
}

/** The greatest difference of an image's pixels from a color, in levels of 0 to 255. */
export function distance({ data }: ImageData, color: readonly number[]): number {
  return data.reduce((most, level, index) => {
    const wanted = color[index % 4];
    return wanted === undefined ? most : Math.max(most, Math.abs(level - wanted));
  }, 0);
}

/** Counts the workers that a page starts, from now on. */
export function countWorkers(): { readonly alive: number; readonly all: Worker[]; close(): void } {
  const BrowserWorker = window.Worker;
  const all: Worker[] = [];
  const alive = new Set<Worker>();
  window.Worker = class extends BrowserWorker {
    constructor(...args: ConstructorParameters<typeof BrowserWorker>) {
      super(...args);
      all.push(this);
      alive.add(this);
    }

    override terminate(): void {
      alive.delete(this);
      super.terminate();
    }
  };
  return {
    get alive() {
      return alive.size;
    },
    all,
    close() {
      window.Worker = BrowserWorker;
    },
  };
}
