import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildPage, servePage } from '../built-page.ts';
import { launch } from './launch.ts';
import type { Suite } from './page/main.ts';

// Globals of the page.
declare const suite: Suite;

/** The page's sources. */
export const root = fileURLToPath(new URL('page', import.meta.url));
/** The built page, which all engines open. */
export const site = fileURLToPath(new URL('../../output/engines', import.meta.url));

/** Builds the page, and makes Chromium encode the video in it. Vitest calls this once, before the first test. */
export default async function buildSite(): Promise<void> {
  // The Chime SDK is written for bundlers that define Node's name for the global object.
  await buildPage(root, site, { define: { global: 'globalThis' } });
  const page = await servePage(root, site);
  try {
    const engine = await launch('chromium-webgl');
    try {
      const opened = await engine.open(page.url);
      const film = await opened.run(() => suite.recordScene());
      await writeFile(join(site, 'scene.mp4'), Buffer.from(film, 'base64'));
    } finally {
      await engine.close();
    }
  } finally {
    await page.close();
  }
}
