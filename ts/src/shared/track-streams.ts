/** The standard APIs that convert between tracks and streams of frames. They exist only in workers, so far in Safari. */
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

/** Returns the constructors in a worker that has both and can transfer tracks. */
export function trackStreams(): TrackStreams | undefined {
  const { MediaStreamTrackProcessor, VideoTrackGenerator }: Partial<TrackStreams> = globalThis as object;
  if (!MediaStreamTrackProcessor || !VideoTrackGenerator) return undefined;
  return transfersTracks(VideoTrackGenerator)
    ? { MediaStreamTrackProcessor, VideoTrackGenerator }
    : undefined;
}

/**
 * Whether a track can be transferred out of this thread. If not, the page would process the track in another way, while the clone in
 * this worker keeps the camera open.
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
