// Makes public/effects/*.jpg, the thumbnails of the backgrounds, from the demo itself:
// node demo-chime/scripts/effects.mjs
import { mkdir, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { chromium as playwright } from 'playwright-core';
import { createServer, runnerImport } from 'vite';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = fileURLToPath(new URL('../public/effects/', import.meta.url));
const { module } = await runnerImport(
  fileURLToPath(new URL('../../tests/browser/chromium.ts', import.meta.url)),
);
const { chromium } = module;
const server = await createServer({ root, logLevel: 'warn', server: { host: '127.0.0.1' } });
await server.listen();
const browser = await playwright.launch({
  ...chromium,
  args: [...chromium.args, '--disable-gpu-compositing'],
});
try {
  await mkdir(folder, { recursive: true });
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  await page.goto(server.resolvedUrls.local[0]);
  for (const radio of await page.locator('input[name=effect]').all()) {
    await radio.check();
    await page.waitForFunction(
      () => document.querySelector('#status').textContent === 'Running.',
      undefined,
      {
        timeout: 120_000,
      },
    );
    const name = await radio.inputValue();
    // A frame of the previous effect may still arrive.
    await page.waitForTimeout(3_000);
    const image = await page.evaluate((name) => {
      const canvas = document.createElement('canvas');
      [canvas.width, canvas.height] = [320, 180];
      const context = canvas.getContext('2d');
      context.drawImage(document.querySelector('#result'), 0, 0, canvas.width, canvas.height);
      if (name === 'video') {
        // No video is bundled, so the thumbnail is a play icon.
        context.fillStyle = '#1f7a5c';
        context.fillRect(0, 0, canvas.width, canvas.height);
        context.fillStyle = '#ffffff';
        context.fill(new Path2D('M130 50 L210 90 L130 130 Z'));
      }
      return canvas.toDataURL('image/jpeg', 0.8).split(',')[1];
    }, name);
    await writeFile(`${folder}${name}.jpg`, Buffer.from(image, 'base64'));
    console.log(name);
  }
} finally {
  await browser.close();
  await server.close();
}
