/** The standard's way to frames of a track and back, which it gives to workers alone (Safari has it). */
export interface TrackStreams {
  MediaStreamTrackProcessor: new (init: {
    track: MediaStreamTrack;
    maxBufferSize?: number;
  }) => { readonly readable: ReadableStream<VideoFrame> };
  /** <https://www.w3.org/TR/mediacapture-transform/#video-track-generator> */
  VideoTrackGenerator: new () => {
    readonly writable: WritableStream<VideoFrame>;
    readonly track: MediaStreamTrack;
    muted: boolean;
  };
}

/** The constructors, where this is a worker that has both and can transfer tracks. */
export function trackStreams(): TrackStreams | undefined {
  const { MediaStreamTrackProcessor, VideoTrackGenerator }: Partial<TrackStreams> = globalThis as object;
  if (!MediaStreamTrackProcessor || !VideoTrackGenerator) return undefined;
  return transfersTracks(VideoTrackGenerator)
    ? { MediaStreamTrackProcessor, VideoTrackGenerator }
    : undefined;
}

/**
 * Whether a track can be transferred out of this thread. Otherwise the page would use another way while the camera's clone here
 * stays open.
 */
function transfersTracks(VideoTrackGenerator: TrackStreams['VideoTrackGenerator']): boolean {
  try {
    const { track } = new VideoTrackGenerator();
    structuredClone(track, { transfer: [track as unknown as Transferable] }).stop();
    return true;
  } catch {
    return false;
  }
}
