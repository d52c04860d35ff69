/**
 * The types of objects that only pages create, for workers: signatures that both threads share name them. Members are those
 * that shared code reads. Without this file, `tsc` refuses everything of the DOM in worker and shared code.
 */

interface HTMLImageElement extends EventTarget {
  readonly naturalWidth: number;
  readonly naturalHeight: number;
}

interface HTMLVideoElement extends EventTarget {
  readonly videoWidth: number;
  readonly videoHeight: number;
}

interface HTMLCanvasElement extends EventTarget {
  readonly width: number;
  readonly height: number;
}

interface MediaStream extends EventTarget {
  readonly id: string;
}

/** Some browsers transfer tracks to workers. */
interface MediaStreamTrack extends EventTarget {
  readonly id: string;
  readonly kind: string;
  readonly readyState: 'live' | 'ended';
  enabled: boolean;
  clone(): MediaStreamTrack;
  stop(): void;
}

/** A pipeline on the page also gets frames from elements. */
declare function createImageBitmap(
  image: ImageBitmapSource | HTMLVideoElement | HTMLCanvasElement,
  options?: ImageBitmapOptions,
): Promise<ImageBitmap>;

interface CanvasDrawImage {
  drawImage(
    image: CanvasImageSource | HTMLVideoElement | HTMLCanvasElement,
    x: number,
    y: number,
    width: number,
    height: number,
  ): void;
}
