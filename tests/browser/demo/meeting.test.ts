import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import {
  bareEnvironment,
  endpointEnvironment,
  openChimeEndpoint,
} from '../../../demo-chime/tests/chime-endpoint.ts';
import { type Demo, disorder, openDemo, output, violations } from './harness.ts';

// With the endpoint, a page can join up to the connection to Amazon's signaling.
let demo: Demo;
let endpoint: Awaited<ReturnType<typeof openChimeEndpoint>>;

beforeAll(async () => {
  endpoint = await openChimeEndpoint();
  setEnvironment(endpointEnvironment(endpoint.url));
  vi.spyOn(console, 'error').mockReturnValue();
  demo = await openDemo({ webGpu: false, film: false });
});

beforeEach(() => {
  endpoint.error = undefined;
  endpoint.asked.length = 0;
});

afterAll(async () => {
  await demo?.close();
  await endpoint?.close();
  vi.unstubAllEnvs();
});

test('the page reports missing credentials at once, and Retry finds new ones', async () => {
  setEnvironment(bareEnvironment);
  const { page, complaints, close } = await demo.visit('meeting.html');
  const missing = page.locator('#unavailable');
  await missing.waitFor();
  for (const part of ['no AWS credentials', 'AWS_PROFILE', 'chime:CreateMeeting', 'WebRTC call']) {
    expect(await missing.textContent()).toContain(part);
  }
  expect(await page.getByRole('button', { name: 'Join' }).isVisible()).toBe(false);
  setEnvironment(endpointEnvironment(endpoint.url));
  await page.getByRole('button', { name: 'Retry' }).click();
  await page.getByRole('button', { name: 'Join' }).waitFor();
  expect(await page.locator('#regions').textContent()).toContain('eu-central-1');
  expect(await violations(page)).toEqual([]);
  expect(await disorder(page)).toEqual([]);
  await page.screenshot({ path: `${output}meeting-lobby.png`, fullPage: true });
  // The layout of a meeting is tested without Amazon's servers.
  await page.evaluate(() => {
    for (const id of ['room', 'join']) document.getElementById(id)?.toggleAttribute('hidden');
    for (const name of ['Ada (you, as others see you)', 'Grace']) {
      const [tile, entry] = [document.createElement('li'), document.createElement('li')];
      const [video, label] = [document.createElement('video'), document.createElement('span')];
      tile.className = 'tile';
      video.muted = true;
      video.ariaLabel = label.textContent = entry.textContent = name;
      tile.append(video, label);
      document.getElementById('tiles')?.append(tile);
      document.getElementById('roster')?.append(entry);
    }
  });
  expect(await violations(page)).toEqual([]);
  expect(await disorder(page)).toEqual([]);
  await page.screenshot({ path: `${output}meeting-room.png`, fullPage: true });
  expect(endpoint.asked).toEqual([]);
  expect(complaints).toEqual([]);
  await close();
});

test('a meeting whose signaling is unreachable or silent is reported and left, and the camera is off again', async () => {
  // In parallel, because both last until the page's timeout.
  await Promise.all([expectLeft('unreachable'), expectLeft('silent', /chime\.aws/)]);
  await expect.poll(() => endpoint.live.size).toBe(0);
  expect(JSON.stringify(endpoint.asked)).not.toContain('Ada');
});

/** Joins a meeting and expects an error. Sockets to `silent` URLs open but never respond. */
async function expectLeft(meeting: string, silent?: RegExp): Promise<void> {
  const { page, close } = await demo.visit(
    `meeting.html?meeting=${meeting}`,
    { permissions: ['camera', 'microphone'] },
    watchDevices,
  );
  if (silent) await page.routeWebSocket(silent, () => {});
  // No test needs the processed video.
  await page.getByRole('radio', { name: 'None (raw)' }).check();
  await join(page);
  await expect.poll(() => openDevices(page), { timeout: 150_000 }).toBe(2);
  await expect
    .poll(() => page.getByRole('alert').textContent(), { timeout: 120_000 })
    .toMatch(/Amazon’s media servers (failed|do not respond)/);
  expect(await page.locator('#status').textContent()).toBe('You are not in a meeting.');
  expect(await openDevices(page)).toBe(0);
  expect(await page.getByRole('button', { name: 'Join' }).isEnabled()).toBe(true);
  expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Join');
  expect(await violations(page)).toEqual([]);
  await page.screenshot({ path: `${output}meeting-${meeting}.png`, fullPage: true });
  await close();
}

test('expired credentials and a denied camera are reported', async () => {
  const { page, close } = await demo.visit('meeting.html', {}, () => {
    MediaDevices.prototype.getUserMedia = async () => {
      throw new DOMException('Permission denied', 'NotAllowedError');
    };
  });
  endpoint.error = { status: 403, type: 'ExpiredTokenException' };
  await join(page);
  const problem = page.getByRole('alert');
  await expect.poll(() => problem.textContent()).toContain('have expired. Renew them');
  expect(await page.locator('html').getAttribute('data-meeting')).toBe('lobby');

  endpoint.error = undefined;
  await join(page);
  await expect
    .poll(() => problem.textContent(), { timeout: 150_000 })
    .toContain('Camera permission was denied');
  await expect.poll(() => endpoint.live.size).toBe(0);
  await close();
});

test('the page can connect to Amazon’s media servers and no other host', async () => {
  const { page, close } = await demo.visit('meeting.html');
  const refused = (url: string) =>
    page.evaluate(
      (url) =>
        new Promise<boolean>((resolve) => {
          document.addEventListener('securitypolicyviolation', () => resolve(true), { once: true });
          // Host names are not resolved in tests, so an allowed connection fails a moment later.
          new WebSocket(url).onerror = () => setTimeout(() => resolve(false), 500);
        }).catch(() => true),
      url,
    );
  expect(await refused('wss://signal.a.m1.ue1.app.chime.aws/control/a')).toBe(false);
  expect(await refused('wss://example.org/')).toBe(true);
  await close();
});

async function join(page: Page): Promise<void> {
  await page.getByLabel('Your name').fill('Ada');
  await page.getByLabel('Your name').press('Enter');
}

/** Records the tracks of camera and microphone. */
function watchDevices(): void {
  const tracks: MediaStreamTrack[] = [];
  Object.assign(window, { tracks });
  const { getUserMedia } = MediaDevices.prototype;
  MediaDevices.prototype.getUserMedia = async function (constraints) {
    const stream = await getUserMedia.call(this, constraints);
    tracks.push(...stream.getTracks());
    return stream;
  };
}

const openDevices = (page: Page) =>
  page.evaluate(() => {
    const { tracks } = window as unknown as { tracks: MediaStreamTrack[] };
    return tracks.filter(({ readyState }) => readyState === 'live').length;
  });

function setEnvironment(variables: Record<string, string | undefined>): void {
  for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
}
