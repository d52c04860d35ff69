import { abortable } from '../shared/abortable.js';
import { fetchAsset, resolveUrl } from '../shared/assets.js';
import type { VideoEffect } from '../shared/effect.js';
import { CycloramaError } from '../shared/errors.js';
import {
  isBlob,
  isMediaStream,
  isMediaStreamTrack,
  isUrl,
  isVideoElement,
} from '../shared/platform-objects.js';
import { isRecord, shorten } from '../shared/validation.js';

/** A video behind the person: an element of the caller's, or one that plays the caller's source. */
export class BackgroundVideo {
  readonly element: HTMLVideoElement;
  /** Stops what was made for the video. */
  readonly #release: () => void;
  readonly #open = new AbortController();
  /** The time of the picture that was last taken or asked for; NaN before. */
  #time = Number.NaN;

  private constructor(source: Playable | HTMLVideoElement) {
    if (isVideoElement(source)) {
      this.element = source;
      this.#release = () => {};
    } else {
      const { element, release } = createElement(source);
      this.element = element;
      this.#release = release;
    }
    // Another source of the same element may begin at the time that the last one stood at.
    this.element.addEventListener(
      'loadeddata',
      () => {
        this.#time = Number.NaN;
      },
      { signal: this.#open.signal },
    );
  }

  /**
   * Waits until the video shows a picture.
   *
   * @throws {CycloramaError} `asset` where it cannot be fetched, `effect` where it cannot be shown, `unsupported` in a worker
   * @throws the signal's reason once that is aborted
   */
  static async open(
    source: VideoEffect['source'],
    signal: AbortSignal | undefined,
  ): Promise<BackgroundVideo> {
    if (typeof document === 'undefined') {
      throw new CycloramaError(
        'unsupported',
        "a worker cannot play a background's video: make the background on the page, which starts a worker of its own, or show an image",
      );
    }
    const video = new BackgroundVideo(isVideoElement(source) ? source : await toPlayable(source, signal));
    try {
      const playing = video.element === source ? undefined : video.element.play();
      await abortable(Promise.all([untilPicture(video.element, source, signal), playing]), signal);
      return video;
    } catch (cause) {
      video.close();
      signal?.throwIfAborted();
      if (cause instanceof CycloramaError) throw cause;
      throw await explain(source, cause, signal);
    }
  }

  /** Whether the video may show another picture than when this was last asked. */
  changed(): boolean {
    const { currentTime, readyState, seeking, srcObject } = this.element;
    // In place of a stream that has ended, browsers show black.
    if (isMediaStream(srcObject) && !srcObject.getVideoTracks().some(isLive)) return false;
    // While it seeks, the time is the new one already and the picture still the old one.
    if (seeking || readyState < HTMLMediaElement.HAVE_CURRENT_DATA || currentTime === this.#time)
      return false;
    this.#time = currentTime;
    return true;
  }

  /** What it shows now; the caller closes it. */
  picture(): VideoFrame {
    this.#time = this.element.currentTime;
    return new VideoFrame(this.element, { timestamp: 0 });
  }

  /** Why the video plays no further, if it broke off. */
  get failure(): CycloramaError | undefined {
    const { error } = this.element;
    return error
      ? new CycloramaError('effect', `the background's video broke off: ${shorten(error.message)}`, {
          cause: error,
        })
      : undefined;
  }

  /** Releases what is not the caller's. */
  close(): void {
    this.#open.abort();
    this.#release();
  }
}

/** What an element of our own plays. */
type Playable = URL | Blob | MediaStreamTrack;

/** A `data:` address becomes a Blob, which pages may play that may not play the address. */
async function toPlayable(source: string | Playable, signal: AbortSignal | undefined): Promise<Playable> {
  if (typeof source !== 'string' && !isUrl(source)) return source;
  const url = resolveUrl(source, 'the background');
  if (url.protocol !== 'data:') return url;
  const response = await fetchAsset(url, 'the background', signal);
  return abortable(response.blob(), signal);
}

/** An element of our own that can play the source, and what undoes it. */
function createElement(source: Playable) {
  const element = document.createElement('video');
  element.muted = true;
  element.loop = true;
  element.playsInline = true;
  element.crossOrigin = 'anonymous';
  let objectUrl: string | undefined;
  if (isMediaStreamTrack(source)) {
    element.srcObject = new MediaStream([source]);
  } else if (isBlob(source)) {
    objectUrl = URL.createObjectURL(source);
    element.src = objectUrl;
  } else {
    element.src = source.href;
  }
  const release = () => {
    element.pause();
    element.srcObject = null;
    element.removeAttribute('src');
    // Only loading nothing gives the decoder and the connection back.
    element.load();
    if (objectUrl) URL.revokeObjectURL(objectUrl);
  };
  return { element, release };
}

/** Resolves once a picture can be had of the element; rejects where it fails first. */
async function untilPicture(
  element: HTMLVideoElement,
  source: VideoEffect['source'],
  signal: AbortSignal | undefined,
): Promise<void> {
  const listening = new AbortController();
  const options = { signal: listening.signal };
  try {
    await new Promise<void>((resolve, reject) => {
      const track = isMediaStreamTrack(source) ? source : undefined;
      const look = () => {
        if (signal?.aborted) reject(signal.reason);
        else if (element.error) reject(element.error);
        else if (track && !isLive(track)) reject(unusable(source, 'has ended: give one that is live'));
        else if (element.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA) {
          try {
            if (hasPicture(element)) resolve();
            // Of a stream the sound may come first.
            else if (element.videoWidth === 0 && !element.srcObject)
              reject(unusable(source, 'has sound but no picture'));
            // Chromium decodes the first picture of a video that does not play only when it is asked for.
            else element.requestVideoFrameCallback(look);
          } catch (cause) {
            reject(cause);
          }
        }
      };
      for (const event of ['loadeddata', 'error', 'ended']) element.addEventListener(event, look, options);
      track?.addEventListener('ended', look, options);
      signal?.addEventListener('abort', look, options);
      look();
    });
  } finally {
    listening.abort();
  }
}

function isLive({ readyState }: MediaStreamTrack): boolean {
  return readyState === 'live';
}

/** @throws a `SecurityError` where another origin does not allow a look */
function hasPicture(element: HTMLVideoElement): boolean {
  if (element.videoWidth === 0) return false;
  try {
    new VideoFrame(element, { timestamp: 0 }).close();
    return true;
  } catch (cause) {
    if (nameOf(cause) === 'InvalidStateError') return false;
    throw cause;
  }
}

/** Finds out why a source does not play, which a `<video>` tells apart badly. */
async function explain(
  source: VideoEffect['source'],
  cause: unknown,
  signal: AbortSignal | undefined,
): Promise<CycloramaError> {
  switch (nameOf(cause)) {
    case 'NotAllowedError':
      return unusable(source, 'may not play by itself in this browser: pass a <video> that plays', cause);
    case 'SecurityError':
      return unusable(source, 'is of another origin: set its crossorigin attribute before its source', cause);
  }
  if (typeof source === 'string' || isUrl(source)) {
    const url = resolveUrl(source, 'the background');
    if (url.protocol === 'blob:') {
      const why =
        "is no video that this browser can play, was revoked, or the page's policy lacks blob: in media-src";
      return unusable(source, why, cause);
    }
    const response = await fetchAsset(url, 'the background', signal);
    void response.body?.cancel().catch(() => {});
  }
  return unusable(source, 'is no video that this browser can play', cause);
}

/** The name of a `DOMException`, of whatever window. */
function nameOf(cause: unknown): unknown {
  return isRecord(cause) ? cause.name : undefined;
}

function unusable(source: VideoEffect['source'], why: string, cause?: unknown): CycloramaError {
  return new CycloramaError('effect', `the background (${name(source)}) ${why}`, { cause });
}

function name(source: VideoEffect['source']): string {
  if (isVideoElement(source)) return `<video> of ${shorten(source.currentSrc) || 'a stream'}`;
  if (isMediaStreamTrack(source)) return `track "${shorten(source.label)}"`;
  if (isBlob(source)) return `a Blob of type "${shorten(source.type)}"`;
  return shorten(String(source));
}
