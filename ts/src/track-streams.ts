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

/** The constructors, where this is a worker that has them. */
export function trackStreams(): TrackStreams | undefined {
  const { MediaStreamTrackProcessor, VideoTrackGenerator }: Partial<TrackStreams> = globalThis as object;
  return MediaStreamTrackProcessor && VideoTrackGenerator
    ? { MediaStreamTrackProcessor, VideoTrackGenerator }
    : undefined;
}
