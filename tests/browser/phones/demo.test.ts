/** The demo's pages on a small touch screen. */
import { readdirSync } from 'node:fs';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { bareEnvironment } from '../../../demo-chime/tests/chime-endpoint.ts';
import { type Demo, disorder, expectStatus, openDemo, root, violations } from '../demo/harness.ts';

const PHONE = { viewport: { width: 360, height: 640 }, hasTouch: true, isMobile: true } as const;

const pages = readdirSync(root).filter((name) => name.endsWith('.html'));
let demo: Demo;

beforeAll(async () => {
  for (const [name, value] of Object.entries(bareEnvironment)) vi.stubEnv(name, value);
  demo = await openDemo({ webGpu: false });
});

afterAll(async () => {
  await demo?.close();
  vi.unstubAllEnvs();
});

test.each(pages)('%s fits on 360x640 in portrait and landscape, with touch targets', async (name) => {
  const { page, close } = await demo.visit(name, { ...PHONE, reducedMotion: 'reduce' });
  await page.locator('main, h1').first().waitFor();
  for (const viewport of [PHONE.viewport, { width: 640, height: 360 }]) {
    await page.setViewportSize(viewport);
    expect(await disorder(page), `${viewport.width} wide`).toEqual([]);
    // Among others, axe checks that targets have 24 pixels, or as much space around them.
    expect(await violations(page), `${viewport.width} wide`).toEqual([]);
  }
  await close();
});

test('the preview changes its effects by touch', async () => {
  const { page, complaints, close } = await demo.visit('', PHONE);
  await expectStatus(page, 'Running.');
  const effects = page.locator('.effect');
  expect(await effects.count()).toBeGreaterThan(2);
  for (const index of [1, 2]) {
    await effects.nth(index).tap();
    await expectStatus(page, 'Running.');
    expect(await effects.nth(index).locator('input').isChecked()).toBe(true);
  }
  expect(complaints).toEqual([]);
  await close();
});
