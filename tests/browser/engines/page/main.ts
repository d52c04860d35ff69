/** Has the built package do what apps do, and reports what was seen, for tests in Node.js that know what should be. */
import { chime, livekit, transform } from './adapters.ts';
import { frames } from './frames.ts';
import { recordScene } from './scenes.ts';
import { start, support } from './starts.ts';
import { endings, tracks } from './tracks.ts';

const suite = { chime, endings, frames, livekit, recordScene, start, support, tracks, transform };

/** What a test can have the page do. */
export type Suite = typeof suite;
Object.assign(globalThis, { suite });
