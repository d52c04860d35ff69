/**
 * Virtual backgrounds for React.
 *
 * @module cyclorama/react
 */
import { useEffect, useRef, useState } from 'react';
import { type Effect, isSameEffect } from './effect.js';
import type { VirtualBackgroundOptions } from './options.js';
import { VirtualBackground } from './virtual-background.js';

/** What {@link useVirtualBackground} has by now. */
export interface UsedBackground {
  /** Shows the camera with the effect; another track once a camera, or the worker, has ended. Missing until there is one. */
  track: MediaStreamTrack | undefined;
  /** What makes the frames: it changes all that can be changed, and tells events. Missing until it is loaded. */
  background: VirtualBackground | undefined;
  /** `loading` until the track shows the camera, `waiting` where only a camera is missing, `failed` where it will not. */
  status: 'loading' | 'waiting' | 'ready' | 'failed';
  /** Why it failed, or why the effect is not the one that was asked for; missing once that is over. */
  error: unknown;
}

const DEFAULT_EFFECT: Effect = { kind: 'blur', strength: 'medium' };

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
  const [background, setBackground] = useState<VirtualBackground>();
  const [shown, setShown] = useState<{ track: MediaStreamTrack; camera: MediaStreamTrack }>();
  const [obstacle, setObstacle] = useState<unknown>();
  const [effectError, setEffectError] = useState<unknown>();
  const [losses, setLosses] = useState(0);
  const [effect, setEffect] = useState(options.effect ?? DEFAULT_EFFECT);
  // Components write theirs anew for each render.
  if (!isSameEffect(effect, options.effect ?? DEFAULT_EFFECT)) setEffect(options.effect ?? DEFAULT_EFFECT);
  const applied = useRef(effect);

  // biome-ignore lint/correctness/useExhaustiveDependencies: made once, and told of another effect below.
  useEffect(() => {
    const end = new AbortController();
    applied.current = effect;
    const creating = VirtualBackground.create({ ...options, effect, signal: end.signal });
    creating.then(
      (created) => {
        if (end.signal.aborted) return;
        created.addEventListener(
          'error',
          ({ detail }) => detail.code === 'worker' && setLosses((n) => n + 1),
        );
        setBackground(created);
      },
      (cause) => end.signal.aborted || setObstacle(cause),
    );
    return () => {
      end.abort();
      for (const reset of [setBackground, setShown, setObstacle, setEffectError]) reset(undefined);
      void creating.then((created) => created.destroy()).catch(() => {});
    };
  }, []);

  useEffect(() => {
    if (!background || applied.current === effect) return;
    applied.current = effect;
    const settle = (cause?: unknown) => void (applied.current === effect && setEffectError(cause));
    background.setEffect(effect).then(() => settle(), settle);
  }, [background, effect]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: a lost worker may take its track along; the next makes another.
  useEffect(() => {
    if (!background || !camera) return;
    let current = true;
    background.process(camera).then(
      (track) => setShown({ track, camera }),
      (cause) => current && setObstacle(cause),
    );
    return () => {
      current = false;
      setObstacle(undefined);
    };
  }, [background, camera, losses]);

  useEffect(() => {
    if (!camera || obstacle) shown?.track.stop();
  }, [camera, obstacle, shown]);

  const arrived = shown?.camera === camera ? 'ready' : 'loading';
  const status = obstacle ? 'failed' : background && (camera ? arrived : 'waiting');
  const track = obstacle ? undefined : camera && shown?.track;
  return { track, background, status: status ?? 'loading', error: obstacle ?? effectError };
}
