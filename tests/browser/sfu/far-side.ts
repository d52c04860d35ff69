import type { InsertableStreams } from '../../../ts/src/page/tracks/process-track.js';
import { type FrameContent, inspectFrame } from './frame-content.js';

/** Frames that may wait for inspection: a busy machine inspects late, but must not skip frames. */
const QUEUE = 60;

/** Inspects every frame that the far side of a call receives. */
export class FarSide {
  /** The results, oldest first. */
  readonly contents: FrameContent[] = [];
  #stop = () => {};

  watch(track: MediaStreamTrack): void {
    this.#stop = 'MediaStreamTrackProcessor' in globalThis ? this.#readFrames(track) : this.#play(track);
  }

  close(): void {
    this.#stop();
  }

  /** Reads every decoded frame in a worker. */
  #readFrames(track: MediaStreamTrack): () => void {
    const { MediaStreamTrackProcessor } = globalThis as unknown as InsertableStreams;
    const { readable } = new MediaStreamTrackProcessor({ track, maxBufferSize: QUEUE });
    const worker = new Worker(new URL('./frame-content-worker.ts', import.meta.url), { type: 'module' });
    worker.onmessage = ({ data }: MessageEvent<FrameContent>) => void this.contents.push(data);
    worker.postMessage(readable, [readable as unknown as Transferable]);
    return () => worker.terminate();
  }

  /** Reads every frame that a video shows, for browsers that give no frames to workers. */
  #play(track: MediaStreamTrack): () => void {
    const video = Object.assign(document.createElement('video'), { muted: true });
    video.srcObject = new MediaStream([track]);
    const see: VideoFrameRequestCallback = () => {
      const { videoWidth: width, videoHeight: height } = video;
      this.contents.push({ width, height, ...inspectFrame(video) });
      video.requestVideoFrameCallback(see);
    };
    video.requestVideoFrameCallback(see);
    void video.play();
    return () => {
      video.srcObject = null;
    };
  }
}
