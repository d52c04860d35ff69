/**
 * Types of objects that only pages create, for the signatures in code that pages and workers share. They contain only the members that
 * shared code reads. So `tsc` still refuses all other DOM APIs in worker code.
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

/** Some browsers can transfer tracks to workers. */
interface MediaStreamTrack extends EventTarget {
  readonly id: string;
  readonly kind: string;
  readonly readyState: 'live' | 'ended';
  enabled: boolean;
  clone(): MediaStreamTrack;
  stop(): void;
}

/** A pipeline on the page also accepts elements as frames. */
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
