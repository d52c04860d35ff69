/**
 * Virtual backgrounds for React.
 *
 * @module cyclorama/react
 */

import { useEffect, useReducer, useRef, useState } from 'react';
import type { VirtualBackgroundOptions } from '../page/options.js';
import { VirtualBackground } from '../page/virtual-background.js';
import type { Effect } from '../shared/effect.js';
import { CycloramaError } from '../shared/errors.js';
import { copyOptions } from './copy-options.js';
import { EffectFollower } from './effect-follower.js';

/** The state of {@link useVirtualBackground}. */
export interface UsedBackground {
  /**
   * The camera's track with the effect. Replaced by another track if the camera ends or the worker
   * terminates.
   */
  track: MediaStreamTrack | undefined;
  /**
   * The background that processes the frames. Use it to change options, to read the current state, and for
   * events. `undefined` until it has loaded.
   */
  background: VirtualBackground | undefined;
  /**
   * `loading` until the track shows the camera, `waiting` if only the camera is missing, `failed` after an
   * error.
   */
  status: 'loading' | 'waiting' | 'ready' | 'failed';
  /** Why it failed, or why the requested effect is not current. `undefined` once that is resolved. */
  error: CycloramaError | undefined;
}

/**
 * Processes a camera's track. The background loads once, with or without a camera, and is released with the
 * component.
 *
 * The track follows changes of `camera` and `options.effect`. The other options are those of the first
 * render. Change them on `background`.
 *
 * @example
 * const { track, status, error } = useVirtualBackground(camera, { effect: { kind: 'blur', strength: 'high' } });
 */
export function useVirtualBackground(
  camera: MediaStreamTrack | undefined,
  options: Omit<VirtualBackgroundOptions, 'signal'> = {},
): UsedBackground {
  // JavaScript callers may pass null, which `create` rejects.
  const effect: Effect = options?.effect ?? { kind: 'blur', strength: 'medium' };
  const [background, setBackground] = useState<VirtualBackground>();
  const [shown, setShown] = useState<{ track: MediaStreamTrack; camera: MediaStreamTrack }>();
  const [obstacle, setObstacle] = useState<CycloramaError>();
  const [effectError, setEffectError] = useState<CycloramaError>();
  const follower = useRef<EffectFollower>(undefined);
  const [losses, countLoss] = useReducer((count: number) => count + 1, 0);

  // biome-ignore lint/correctness/useExhaustiveDependencies: created once. The next effect follows its changes.
  useEffect(() => {
    const end = new AbortController();
    const create = async () =>
      VirtualBackground.create({ ...copyOptions(options), effect, signal: end.signal });
    const creating = create();
    creating.then(
      (created) => {
        if (end.signal.aborted) return;
        created.addEventListener('recovered', countLoss);
        const settle = (failure?: unknown) =>
          setEffectError(failure === undefined ? undefined : CycloramaError.from(failure));
        follower.current = new EffectFollower(created, effect, settle, end.signal);
        setBackground(created);
      },
      (cause) => end.signal.aborted || setObstacle(CycloramaError.from(cause)),
    );
    return () => {
      end.abort();
      follower.current = undefined;
      for (const reset of [setBackground, setShown, setObstacle, setEffectError]) reset(undefined);
      void creating.then((created) => created.destroy()).catch(() => {});
    };
  }, []);

  useEffect(() => follower.current?.follow(effect));

  // biome-ignore lint/correctness/useExhaustiveDependencies: a lost track is replaced.
  useEffect(() => {
    if (!background) return;
    setObstacle(undefined);
    if (!camera) return;
    const [owner, run] = [follower.current, new AbortController()];
    const show = (track: MediaStreamTrack) => {
      if (follower.current !== owner) return;
      if (track.readyState === 'ended') return countLoss();
      track.addEventListener('ended', () => {
        setShown((last) => (last?.track === track ? undefined : last));
        countLoss();
      });
      setShown({ track, camera });
    };
    background.addEventListener('track', ({ detail }) => show(detail.track), { signal: run.signal });
    background
      .processTrack(camera)
      .then(show, (cause) => run.signal.aborted || setObstacle(CycloramaError.from(cause)));
    return () => run.abort();
  }, [background, camera, losses]);

  useEffect(() => {
    if (camera && !obstacle) return;
    shown?.track.stop();
    setShown(undefined);
  }, [camera, obstacle, shown]);

  const track = camera && !obstacle ? shown?.track : undefined;
  const arrived = track && shown?.camera === camera ? 'ready' : 'loading';
  const status = obstacle ? 'failed' : background && (camera ? arrived : 'waiting');
  return { track, background, status: status ?? 'loading', error: obstacle ?? effectError };
}
