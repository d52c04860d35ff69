/** When a result counts as right. */
import type { Look } from './scene';

/** The size of checked frames, in pixels. */
export const [WIDTH, HEIGHT] = [640, 360];
/** How far a person may be from the camera's, in levels of 0 to 255. */
export const PERSON_LEVELS = 3;
/** The same for tracks, whose frames the browser may convert on the way. */
export const TRACK_PERSON_LEVELS = 8;
/** How much of the wall may show: a few pixels at the edge of the person. */
const WALL_FRACTION = 0.02;

/** Why a result is wrong; `undefined` where it is right. */
export function judge({ person, wall }: Look, levels: number): string | undefined {
  if (person > levels) return `the person differs by ${person.toFixed()} levels from the camera's`;
  return wall > WALL_FRACTION ? `${(100 * wall).toFixed()} % of the wall shows` : undefined;
}

/** The worst of right results, in words. */
export function describeLooks(looks: readonly Look[]): string {
  const most = (key: keyof Look) => Math.max(...looks.map((look) => look[key]));
  return `person within ${most('person').toFixed(1)} levels, ${(100 * most('wall')).toFixed(1)} % of the wall, ${looks.length} frames`;
}
