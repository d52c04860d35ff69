/**
 * Type guards for the browser's objects, by their internal slots. Unlike `instanceof`, they accept objects of other windows, such as of a
 * same-origin iframe. They refuse lookalikes, and all objects of a class that this thread lacks, such as `HTMLVideoElement` in a worker.
 *
 * @module
 */

/** For each class, a getter that throws for any other object. */
const GETTERS = {
  AbortSignal: 'aborted',
  ArrayBuffer: 'byteLength',
  Blob: 'size',
  HTMLCanvasElement: 'width',
  HTMLImageElement: 'naturalWidth',
  HTMLVideoElement: 'videoWidth',
  ImageBitmap: 'width',
  ImageData: 'width',
  MediaStream: 'active',
  MediaStreamTrack: 'readyState',
  OffscreenCanvas: 'width',
  URL: 'href',
  VideoFrame: 'timestamp',
} as const;

export const isAbortSignal = check<AbortSignal>('AbortSignal');
export const isArrayBuffer = check<ArrayBuffer>('ArrayBuffer');
export const isBlob = check<Blob>('Blob');
/** A `<canvas>`. */
export const isCanvas = check<HTMLCanvasElement>('HTMLCanvasElement');
/** An `<img>`. */
export const isImageElement = check<HTMLImageElement>('HTMLImageElement');
/** A `<video>`. */
export const isVideoElement = check<HTMLVideoElement>('HTMLVideoElement');
export const isImageBitmap = check<ImageBitmap>('ImageBitmap');
export const isImageData = check<ImageData>('ImageData');
export const isMediaStream = check<MediaStream>('MediaStream');
export const isMediaStreamTrack = check<MediaStreamTrack>('MediaStreamTrack');
export const isOffscreenCanvas = check<OffscreenCanvas>('OffscreenCanvas');
export const isUrl = check<URL>('URL');
export const isVideoFrame = check<VideoFrame>('VideoFrame');

function check<Kind>(name: keyof typeof GETTERS): (value: unknown) => value is Kind {
  return (value): value is Kind => {
    // Looked up for each call, because a polyfill may be added later.
    const type: unknown = Reflect.get(globalThis, name);
    if (typeof type !== 'function') return false;
    try {
      const getter = Object.getOwnPropertyDescriptor(type.prototype, GETTERS[name])?.get;
      // A polyfill or a mock of the app.
      if (!getter) return value instanceof type;
      Reflect.apply(getter, value, []);
      return true;
    } catch {
      return false;
    }
  };
}
