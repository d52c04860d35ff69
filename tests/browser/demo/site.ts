import { fileURLToPath } from 'node:url';
import { build } from 'vite';

/** The demo's folder. */
export const root = fileURLToPath(new URL('../../../demo-chime', import.meta.url));
/** The built demo, which all tests visit. */
export const site = fileURLToPath(new URL('../../output/site', import.meta.url));

/** Builds the demo. Vitest calls this once before the tests. */
export default async function buildSite(): Promise<void> {
  await build({ root, logLevel: 'warn', build: { outDir: site, emptyOutDir: true } });
}
