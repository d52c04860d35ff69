import { expect, vi } from 'vitest';
import type { InsertableStreams } from '../../../../ts/src/page/tracks/process-track.js';
import { distance } from './camera.js';
import { readPixels } from './pixels.js';
import { countMarker } from './scene.js';

const { MediaStreamTrackProcessor } = globalThis as unknown as InsertableStreams;

/** The effect of the frames. */
export const BLUE = { kind: 'color', color: '#2040c0' } as const;
const [BLACK_LEVELS, BLUE_LEVELS] = [
  [0, 0, 0],
  [32, 64, 192],
];
/** The color of a frame's corner, which no person reaches. */
type Corner = 'black' | 'blue' | 'another color';

/** Inspects every frame of a track. */
export function watch(track: MediaStreamTrack) {
  const reader = new MediaStreamTrackProcessor({ track }).readable.getReader();
  const seen: Corner[] = [];
  let raw = 0;
  const read = async () => {
    for (;;) {
      const { value: frame } = await reader.read();
      if (!frame) return;
      const pixels = readPixels(frame, 320, 180);
      frame.close();
      const corner = readPixelsOf(pixels);
      raw += countMarker(pixels) > 0 ? 1 : 0;
      seen.push(corner);
    }
  };
  const done = read();
  return {
    seen,
    get raw() {
      return raw;
    },
    /** Waits until the newest consecutive frames, `count` of them, show the corner. */
    async until(corner: Corner, count = 1) {
      const from = seen.length;
      await vi.waitFor(() => {
        const newest = seen.slice(from).slice(-count);
        expect(newest.length).toBe(count);
        expect(new Set(newest)).toEqual(new Set([corner]));
      }, 60_000);
    },
    async close() {
      await reader.cancel();
      await done;
    },
  };
}

function readPixelsOf({ data, width }: ImageData): Corner {
  const corner = { data: data.slice(0, 4), width } as ImageData;
  if (distance(corner, BLACK_LEVELS as number[]) < 8) return 'black';
  return distance(corner, BLUE_LEVELS as number[]) < 8 ? 'blue' : 'another color';
}
