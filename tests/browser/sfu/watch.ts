import { type Color, distance } from './color.js';
import type { FrameContent } from './frame-content.js';
import type { Harness } from './harness.js';
import type { CallState } from './page.js';

/** How far a color may differ, in levels: an encoder and a decoder convert it, and the person sways. */
const NEAR = 45;
/** How many consecutive frames must match. */
const CONSECUTIVE = 3;
/** Milliseconds between two queries, and until matching frames must have arrived. */
const [ASKS_EVERY, COMES_WITHIN] = [250, 90_000];

/** Whether a frame shows the person before the color, and nothing of the room behind the person. */
export function isProcessed({ marker, wall, person }: FrameContent, color: Color, camera: Color): boolean {
  return marker === 0 && distance(wall, color) < NEAR && distance(person, camera) < NEAR;
}

/** Follows what the far side of a call shows, each frame once. */
export class Watch {
  /** The results of the whole call so far, oldest first. */
  readonly contents: FrameContent[] = [];
  readonly #harness: Harness;

  constructor(harness: Harness) {
    this.#harness = harness;
  }

  /** The call's state, with the results since the last query. */
  async next(): Promise<CallState> {
    const state = await this.#harness.state(this.contents.length);
    this.contents.push(...state.contents);
    return state;
  }

  /** The results of a period from now on, in milliseconds, and the states of the call before and after. */
  async during(milliseconds: number) {
    const before = await this.next();
    await pause(milliseconds);
    const after = await this.next();
    return { before, after, contents: after.contents };
  }

  /**
   * Waits until some consecutive frames match.
   *
   * @throws {Error} with the last frame if no frames match in time.
   */
  async until(what: string, expected: (content: FrameContent) => boolean): Promise<void> {
    const first = this.contents.length;
    const deadline = performance.now() + COMES_WITHIN;
    for (;;) {
      await this.next();
      const last = this.contents.slice(first).slice(-CONSECUTIVE);
      if (last.length === CONSECUTIVE && last.every(expected)) return;
      if (performance.now() > deadline) {
        const found = JSON.stringify(last.at(-1) ?? 'nothing');
        throw new Error(`no ${what} within ${COMES_WITHIN / 1000} s, but ${found}`);
      }
      await pause(ASKS_EVERY);
    }
  }
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
