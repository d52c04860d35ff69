import { CycloramaError } from '../../shared/errors.js';
import { isMediaStreamTrack } from '../../shared/platform-objects.js';
import { invalid } from '../../shared/validation.js';

/**
 * @throws {CycloramaError} `option` for anything but a live video track, `unsupported` without tracks, such
 *   as in an app's own worker
 */
export function checkTrack(track: MediaStreamTrack): void {
  if (typeof MediaStreamTrack === 'undefined') {
    throw new CycloramaError(
      'unsupported',
      'tracks are not available here, as in most workers: call processTrack on the page, or use transform or processFrame',
    );
  }
  if (!isMediaStreamTrack(track)) throw invalid('track', track, 'a MediaStreamTrack');
  if (track.kind !== 'video') {
    throw new CycloramaError('option', `track is of kind "${track.kind}": it must be video`);
  }
  assertLive(track);
}

/** @throws {CycloramaError} `option` for a track that has ended */
export function assertLive(track: MediaStreamTrack): void {
  if (track.readyState !== 'live') throw new CycloramaError('option', 'track has ended: it must be live');
}
