/** Decides whether a result is right. */
import type { Difference } from './scene';

/** The size of checked frames, in pixels. */
export const [WIDTH, HEIGHT] = [640, 360];
/** The largest difference of the person from the camera's frame, in levels of 0 to 255. */
export const PERSON_LEVELS = 3;
/** The same for tracks, whose frames the browser may convert on the way. */
export const TRACK_PERSON_LEVELS = 8;
/** The largest visible fraction of the wall: a few pixels at the edge of the person. */
const WALL_FRACTION = 0.02;

/** Returns why a result is wrong. `undefined` if it is right. */
export function assess({ person, wall }: Difference, levels: number): string | undefined {
  if (person > levels) return `the person differs by ${person.toFixed()} levels from the camera's`;
  return wall > WALL_FRACTION ? `${(100 * wall).toFixed()} % of the wall is visible` : undefined;
}

/** Describes the largest differences of right results. */
export function describeResults(results: readonly Difference[]): string {
  const most = (key: keyof Difference) => Math.max(...results.map((result) => result[key]));
  return `person within ${most('person').toFixed(1)} levels, ${(100 * most('wall')).toFixed(1)} % of the wall, ${results.length} frames`;
}
