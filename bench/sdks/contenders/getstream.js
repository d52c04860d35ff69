/** Stream's (getstream.io) background processor on a track. */
import { isMediaPipePlatformSupported, loadMediaPipe, VirtualBackground } from '@stream-io/video-filters-web';

/** @param {import('../page/harness.js').Contest} contest */
export async function start({ track, packages }) {
  if (!(await isMediaPipePlatformSupported())) throw new Error('It does not support this browser.');
  const basePath = `${packages}@stream-io/video-filters-web/mediapipe`;
  await loadMediaPipe({ basePath });
  const options = { basePath, backgroundFilter: 'blur', backgroundBlurLevel: 'medium' };
  const onError = (error) => console.error(error);
  return { track: await new VirtualBackground(track, options, { onError }).start() };
}
