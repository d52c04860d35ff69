import type { InsertableStreams } from '../../../ts/src/tracks.js';
import type { Sight } from './sight.js';

/** Frames that may wait to be looked at: a busy machine looks late, and must not look less. */
const QUEUE = 60;

/** Looks at every frame that the far side of a call receives. */
export class FarSide {
  /** What was seen, oldest first. */
  readonly sights: Sight[] = [];
  readonly #worker = new Worker(new URL('./sight-worker.ts', import.meta.url), { type: 'module' });

  constructor() {
    this.#worker.onmessage = ({ data }: MessageEvent<Sight>) => void this.sights.push(data);
  }

  watch(track: MediaStreamTrack): void {
    const { MediaStreamTrackProcessor } = globalThis as unknown as InsertableStreams;
    const { readable } = new MediaStreamTrackProcessor({ track, maxBufferSize: QUEUE });
    this.#worker.postMessage(readable, [readable as unknown as Transferable]);
  }

  close(): void {
    this.#worker.terminate();
  }
}
