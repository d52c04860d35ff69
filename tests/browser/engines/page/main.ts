/** Uses the built package as apps do and reports what each frame shows. Tests in Node.js compare this with what is expected. */
import { chime, livekit, transform } from './adapters.ts';
import { frames } from './frames.ts';
import { call, endWorker } from './losses.ts';
import { recordScene } from './scenes.ts';
import { start, support } from './starts.ts';
import { endings, tracks } from './tracks.ts';

const suite = {
  call,
  chime,
  endWorker,
  endings,
  frames,
  livekit,
  recordScene,
  start,
  support,
  tracks,
  transform,
};

/** What a test can call on the page. */
export type Suite = typeof suite;
Object.assign(globalThis, { suite });
