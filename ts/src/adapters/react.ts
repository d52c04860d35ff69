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

/** What {@link useVirtualBackground} has by now. */
export interface UsedBackground {
  /** Shows the camera with the effect; another track once a camera, or the worker, has ended. Missing until there is one. */
  track: MediaStreamTrack | undefined;
  /**
   * What makes the frames: it changes all that can be changed, tells what it shows by now, and has events. Missing until it is
   * loaded.
   */
  background: VirtualBackground | undefined;
  /** `loading` until the track shows the camera, `waiting` where only a camera is missing, `failed` where it will not. */
  status: 'loading' | 'waiting' | 'ready' | 'failed';
  /** Why it failed, or why the effect is not the one that was asked for; missing once that is over. */
  error: CycloramaError | undefined;
}

/**
 * A camera's track with another background behind the person. What that takes is loaded once, whether there is a camera
 * or not, and released with the component. The track follows `camera` and `options.effect` as they change; the other
 * options are those of the first render, and are changed on `background` later.
 *
 * @example
 * const { track, status, error } = useVirtualBackground(camera, { effect: { kind: 'blur', strength: 'high' } });
 */
export function useVirtualBackground(
  camera: MediaStreamTrack | undefined,
  options: Omit<VirtualBackgroundOptions, 'signal'> = {},
): UsedBackground {
  // Plain JavaScript callers have no compiler that asks for an object: `create` says so.
  const effect: Effect = options?.effect ?? { kind: 'blur', strength: 'medium' };
  const [background, setBackground] = useState<VirtualBackground>();
  const [shown, setShown] = useState<{ track: MediaStreamTrack; camera: MediaStreamTrack }>();
  const [obstacle, setObstacle] = useState<CycloramaError>();
  const [effectError, setEffectError] = useState<CycloramaError>();
  const follower = useRef<EffectFollower>(undefined);
  const [losses, countLoss] = useReducer((count: number) => count + 1, 0);

  // biome-ignore lint/correctness/useExhaustiveDependencies: made once, and told of another effect below.
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

  // biome-ignore lint/correctness/useExhaustiveDependencies: what was lost is made anew.
  useEffect(() => {
    if (!background) return;
    setObstacle(undefined);
    if (!camera) return;
    const [by, run] = [follower.current, new AbortController()];
    const show = (track: MediaStreamTrack) => {
      if (follower.current !== by) return;
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
