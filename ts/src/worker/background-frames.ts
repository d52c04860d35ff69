import type { BackgroundFrame } from '../shared/background.js';
import type { PipelineClient } from '../shared/protocol.js';

/** Receives the frames of a video background from the page, one request at a time. */
export class BackgroundFrames {
  readonly #client: PipelineClient;
  #frame: BackgroundFrame | undefined;
  #requested = false;

  constructor(client: PipelineClient) {
    this.#client = client;
  }

  /** Returns the frame that arrived since the last call, if any. The caller closes it. */
  take(): BackgroundFrame | undefined {
    const frame = this.#frame;
    this.#frame = undefined;
    return frame;
  }

  /** Requests a newer frame, unless a request is pending. Closes the answer if `isCurrent` no longer holds. */
  request(isCurrent: () => boolean): void {
    if (this.#requested) return;
    this.#requested = true;
    this.#client
      .backgroundFrame(false)
      .then((frame) => {
        if (!frame) return;
        this.clear();
        if (isCurrent()) this.#frame = frame;
        else frame.close();
      })
      // The page was closed, and this thread ends with it.
      .catch(() => {})
      .finally(() => {
        this.#requested = false;
      });
  }

  /** Closes the frame that arrived last. */
  clear(): void {
    this.take()?.close();
  }
}
