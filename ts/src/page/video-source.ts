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

/** A background video: the caller's element, or an internal one that plays the caller's source. */
export class BackgroundVideo {
  readonly element: HTMLVideoElement;
  /** Releases the internal element. */
  readonly #release: () => void;
  readonly #open = new AbortController();
  /** The playback time of the last frame. NaN before the first one. */
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
    // Another source of the element may start at the time where the last one stopped.
    this.element.addEventListener(
      'loadeddata',
      () => {
        this.#time = Number.NaN;
      },
      { signal: this.#open.signal },
    );
  }

  /**
   * Waits until the video has a frame.
   *
   * @throws {CycloramaError} `asset` if it cannot be fetched, `effect` if it cannot be shown, `unsupported`
   *   in a worker
   * @throws the signal's reason if it aborts
   */
  static async open(
    source: VideoEffect['source'],
    signal: AbortSignal | undefined,
  ): Promise<BackgroundVideo> {
    if (typeof document === 'undefined') {
      throw new CycloramaError(
        'unsupported',
        'a worker cannot play a background video: create the background on the page, which starts its own worker, or use an image',
      );
    }
    const video = new BackgroundVideo(isVideoElement(source) ? source : await toPlayable(source, signal));
    try {
      const playing = video.element === source ? undefined : video.element.play();
      await abortable(Promise.all([untilFrame(video.element, source, signal), playing]), signal);
      return video;
    } catch (cause) {
      video.close();
      signal?.throwIfAborted();
      if (cause instanceof CycloramaError) throw cause;
      throw await explain(source, cause, signal);
    }
  }

  /** Whether the video may show a different frame than at the last call. */
  changed(): boolean {
    const { currentTime, readyState, seeking, srcObject } = this.element;
    // Browsers show black once a stream has ended. The last frame stays instead.
    if (isMediaStream(srcObject) && !srcObject.getVideoTracks().some(isLive)) return false;
    // While seeking, the time is already new and the frame still old.
    if (seeking || readyState < HTMLMediaElement.HAVE_CURRENT_DATA || currentTime === this.#time)
      return false;
    this.#time = currentTime;
    return true;
  }

  /** Returns the current frame. The caller closes it. */
  frame(): VideoFrame {
    this.#time = this.element.currentTime;
    return new VideoFrame(this.element, { timestamp: 0 });
  }

  /** Why the video stopped, if it failed. */
  get failure(): CycloramaError | undefined {
    const { error } = this.element;
    return error
      ? new CycloramaError('effect', `the background video stopped: ${shorten(error.message)}`, {
          cause: error,
        })
      : undefined;
  }

  /** Releases the internal element, if any. */
  close(): void {
    this.#open.abort();
    this.#release();
  }
}

/** A source that an internal element plays. */
type Playable = URL | Blob | MediaStreamTrack;

/** Turns a `data:` URL into a Blob, which more policies allow. */
async function toPlayable(source: string | Playable, signal: AbortSignal | undefined): Promise<Playable> {
  if (typeof source !== 'string' && !isUrl(source)) return source;
  const url = resolveUrl(source, 'the background');
  if (url.protocol !== 'data:') return url;
  const response = await fetchAsset(url, 'the background', signal);
  return abortable(response.blob(), signal);
}

/** Creates an internal element that plays the source. */
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
    // Only this releases the decoder and the connection.
    element.load();
    if (objectUrl) URL.revokeObjectURL(objectUrl);
  };
  return { element, release };
}

/** Resolves once the element has a frame. Rejects if it fails first. */
async function untilFrame(
  element: HTMLVideoElement,
  source: VideoEffect['source'],
  signal: AbortSignal | undefined,
): Promise<void> {
  const listening = new AbortController();
  const options = { signal: listening.signal };
  try {
    await new Promise<void>((resolve, reject) => {
      const track = isMediaStreamTrack(source) ? source : undefined;
      const check = () => {
        if (signal?.aborted) reject(signal.reason);
        else if (element.error) reject(element.error);
        else if (track && !isLive(track)) reject(unusable(source, 'has ended: pass a live one'));
        else if (element.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA) {
          try {
            if (hasFrame(element)) resolve();
            // A stream's audio may arrive first.
            else if (element.videoWidth === 0 && !element.srcObject)
              reject(unusable(source, 'has audio but no video'));
            // Chromium decodes the first frame of a paused video only on request.
            else element.requestVideoFrameCallback(check);
          } catch (cause) {
            reject(cause);
          }
        }
      };
      for (const event of ['loadeddata', 'error', 'ended']) element.addEventListener(event, check, options);
      track?.addEventListener('ended', check, options);
      signal?.addEventListener('abort', check, options);
      check();
    });
  } finally {
    listening.abort();
  }
}

function isLive({ readyState }: MediaStreamTrack): boolean {
  return readyState === 'live';
}

/** @throws a `SecurityError` if the video is cross-origin without CORS */
function hasFrame(element: HTMLVideoElement): boolean {
  if (element.videoWidth === 0) return false;
  try {
    new VideoFrame(element, { timestamp: 0 }).close();
    return true;
  } catch (cause) {
    if (nameOf(cause) === 'InvalidStateError') return false;
    throw cause;
  }
}

/** Determines why a source does not play, because a `<video>` reports little. */
async function explain(
  source: VideoEffect['source'],
  cause: unknown,
  signal: AbortSignal | undefined,
): Promise<CycloramaError> {
  switch (nameOf(cause)) {
    case 'NotAllowedError':
      return unusable(
        source,
        'is blocked by the autoplay policy of the browser: pass a <video> that plays',
        cause,
      );
    case 'SecurityError':
      return unusable(source, 'is cross-origin: set its crossorigin attribute before its source', cause);
  }
  if (typeof source === 'string' || isUrl(source)) {
    const url = resolveUrl(source, 'the background');
    if (url.protocol === 'blob:') {
      const why =
        "is not a video that this browser can play, was revoked, or the page's policy lacks blob: in media-src";
      return unusable(source, why, cause);
    }
    const response = await fetchAsset(url, 'the background', signal);
    void response.body?.cancel().catch(() => {});
  }
  return unusable(source, 'is not a video that this browser can play', cause);
}

/** The name of a `DOMException` of any window. */
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
