import type { InsertableStreams } from '../../../ts/src/page/tracks/process-track.js';
import { look, type Sight } from './sight.js';

/** Frames that may wait to be looked at: a busy machine looks late, and must not look less. */
const QUEUE = 60;

/** Looks at every frame that the far side of a call receives. */
export class FarSide {
  /** What was seen, oldest first. */
  readonly sights: Sight[] = [];
  #stop = () => {};

  watch(track: MediaStreamTrack): void {
    this.#stop = 'MediaStreamTrackProcessor' in globalThis ? this.#readFrames(track) : this.#play(track);
  }

  close(): void {
    this.#stop();
  }

  /** Takes every decoded frame, off the page. */
  #readFrames(track: MediaStreamTrack): () => void {
    const { MediaStreamTrackProcessor } = globalThis as unknown as InsertableStreams;
    const { readable } = new MediaStreamTrackProcessor({ track, maxBufferSize: QUEUE });
    const worker = new Worker(new URL('./sight-worker.ts', import.meta.url), { type: 'module' });
    worker.onmessage = ({ data }: MessageEvent<Sight>) => void this.sights.push(data);
    worker.postMessage(readable, [readable as unknown as Transferable]);
    return () => worker.terminate();
  }

  /** Takes every frame that a video shows, where the browser gives frames to no worker. */
  #play(track: MediaStreamTrack): () => void {
    const video = Object.assign(document.createElement('video'), { muted: true });
    video.srcObject = new MediaStream([track]);
    const see: VideoFrameRequestCallback = () => {
      const { videoWidth: width, videoHeight: height } = video;
      this.sights.push({ width, height, ...look(video) });
      video.requestVideoFrameCallback(see);
    };
    video.requestVideoFrameCallback(see);
    void video.play();
    return () => {
      video.srcObject = null;
    };
  }
}
