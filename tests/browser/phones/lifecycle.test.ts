/** What phones do to pages: hide, freeze and cache them, revoke cameras and limit memory. */
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import { type Call, openCall } from './harness.js';
import { findZygotes, limitMemory } from './memory-limit.js';

const MEBIBYTE = 1 << 20;
/** Longer than a frame may take before its engine is replaced, in milliseconds. */
const FROZEN = 7_000;

let call: Call;

afterEach(() => call?.close());

/** Expects ten more frames with the effect, no raw frame and no error. */
async function expectFrames(events: string[] = []): Promise<void> {
  expect(await call.moreFrames(10)).toBe(true);
  const { raw, errors, events: fired, output } = await call.state();
  expect([raw, errors, fired, output ?? 'live', call.complaints]).toEqual([0, [], events, 'live', []]);
}

describe.each(['streams', 'canvas'] as const)('a call by %s', (path) => {
  test('stops while its page is frozen and resumes once the page is shown', async () => {
    call = await openCall(path);
    await expectFrames();
    await call.hide();
    await call.tools.send('Page.setWebLifecycleState', { state: 'frozen' });
    await pause(1000);
    const { blue } = await call.state();
    await pause(FROZEN);
    expect((await call.state()).blue).toBe(blue);
    await call.show();
    await expectFrames(['freeze', 'resume']);
  });

  test('ends with a revoked camera and shows the camera again once it is back', async () => {
    call = await openCall(path);
    await call.allowCamera(true);
    await call.page.evaluate(() => globalThis.phone.useDevice());
    await expectFrames();
    await call.allowCamera(false);
    await expect.poll(async () => (await call.state()).output, { timeout: 10_000 }).toBe('ended');
    await call.allowCamera(true);
    await call.page.evaluate(() => globalThis.phone.useDevice());
    await expectFrames(['ended']);
  });

  test('keeps running under memory pressure', async () => {
    call = await openCall(path);
    for (const level of ['moderate', 'critical'] as const) {
      await call.tools.send('Memory.simulatePressureNotification', { level });
      await expectFrames();
    }
  });

  test('starts again after the page was left and reloaded', async () => {
    call = await openCall(path);
    await expectFrames();
    const { isRestored, reasons } = await goAwayAndBack();
    // Chromium caches no page with a live track. A browser that does must show frames again.
    if (!isRestored) {
      expect(reasons).toEqual(['LiveMediaStreamTrack']);
      await call.page.evaluate((path) => globalThis.phone.start(path), path);
      await expectFrames();
    } else await expectFrames(['freeze', 'resume']);
  });
});

test('a background without a track survives the back/forward cache', async () => {
  call = await openCall('frames');
  await expectFrames();
  expect(await goAwayAndBack()).toEqual({ isRestored: true, reasons: [] });
  await expectFrames(['freeze', 'resume']);
});

test('a call fits into 512 MiB', async (context) => {
  const limit = limitMemory(512 * MEBIBYTE);
  if (typeof limit === 'string') return context.skip(limit);
  try {
    call = await openCall('streams', (browser) => {
      for (const zygote of findZygotes(browser)) limit.add(zygote);
    });
    for (let round = 0; round < 5; round += 1) await expectFrames();
    const peak = limit.peak() / MEBIBYTE;
    expect(peak).toBeGreaterThan(20);
    expect(peak).toBeLessThan(512);
    // The limit holds: the kernel kills a page that needs more.
    const ended = new Promise((resolve) => call.page.once('error', () => resolve('ended')));
    void call.page.evaluate(() => globalThis.phone.hold(512)).catch(() => {});
    expect(await Promise.race([ended, pause(60_000, 'still there')])).toBe('ended');
  } finally {
    await call?.close();
    limit.remove();
  }
});

/** Navigates away and back. Says whether the page was restored, and why not. */
async function goAwayAndBack() {
  const { page, tools, url } = call;
  const reasons: string[] = [];
  await tools.send('Page.enable');
  tools.on('Page.backForwardCacheNotUsed', ({ notRestoredExplanations }) =>
    reasons.push(...notRestoredExplanations.map(({ reason }) => reason)),
  );
  await page.goto(`${url}index.html?other`);
  await page.goBack();
  await page.waitForFunction('globalThis.phone?.restored.length > 0');
  const isRestored = await page.evaluate(() => globalThis.phone.restored.at(-1) === true);
  return { isRestored, reasons: [...new Set(reasons)] };
}
