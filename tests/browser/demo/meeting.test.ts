import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import {
  bareEnvironment,
  endpointEnvironment,
  openChimeEndpoint,
} from '../../../demo-chime/tests/chime-endpoint.ts';
import { type Demo, disorder, openDemo, output, violations } from './harness.ts';

// The endpoint makes meetings as far as a page can join without Amazon's media servers: to where signalling connects.
let demo: Demo;
let endpoint: Awaited<ReturnType<typeof openChimeEndpoint>>;

beforeAll(async () => {
  endpoint = await openChimeEndpoint();
  setEnvironment(endpointEnvironment(endpoint.address));
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

test('before anyone clicks the page says what is missing, and looks again when it is there', async () => {
  setEnvironment(bareEnvironment);
  const { page, complaints, close } = await demo.visit('meeting.html');
  const missing = page.locator('#unavailable');
  await missing.waitFor();
  for (const part of ['no AWS credentials', 'AWS_PROFILE', 'chime:CreateMeeting', 'WebRTC call']) {
    expect(await missing.textContent()).toContain(part);
  }
  expect(await page.getByRole('button', { name: 'Join' }).isVisible()).toBe(false);
  setEnvironment(endpointEnvironment(endpoint.address));
  await page.getByRole('button', { name: 'Look again' }).click();
  await page.getByRole('button', { name: 'Join' }).waitFor();
  expect(await page.locator('#regions').textContent()).toContain('eu-central-1');
  expect(await violations(page)).toEqual([]);
  expect(await disorder(page)).toEqual([]);
  await page.screenshot({ path: `${output}meeting-lobby.png`, fullPage: true });
  // What a meeting shows takes Amazon's servers; how it is laid out does not.
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

test('a meeting whose signalling cannot be reached, or never answers, is told of, left, and the camera is off again', async () => {
  // Next to each other, as both last until the page stops waiting.
  await Promise.all([expectLeft('unreachable'), expectLeft('silent', /chime\.aws/)]);
  await expect.poll(() => endpoint.live.size).toBe(0);
  expect(JSON.stringify(endpoint.asked)).not.toContain('Ada');
});

/** Joins a meeting, all of whose signalling to `silent` addresses is never answered, and expects to be out of it again. */
async function expectLeft(meeting: string, silent?: RegExp): Promise<void> {
  const { page, close } = await demo.visit(
    `meeting.html?meeting=${meeting}`,
    { permissions: ['camera', 'microphone'] },
    watchDevices,
  );
  if (silent) await page.routeWebSocket(silent, () => {});
  // What no test looks at is not computed.
  await page.getByRole('radio', { name: 'None (raw)' }).check();
  await join(page);
  await expect.poll(() => openDevices(page), { timeout: 150_000 }).toBe(2);
  await expect
    .poll(() => page.getByRole('alert').textContent(), { timeout: 120_000 })
    .toMatch(/Amazon’s media servers (failed|do not answer)/);
  expect(await page.locator('#status').textContent()).toBe('You are in no meeting.');
  expect(await openDevices(page)).toBe(0);
  expect(await page.getByRole('button', { name: 'Join' }).isEnabled()).toBe(true);
  expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Join');
  expect(await violations(page)).toEqual([]);
  await page.screenshot({ path: `${output}meeting-${meeting}.png`, fullPage: true });
  await close();
}

test('expired credentials and a refused camera are told of in words', async () => {
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
    .toContain('The camera was not allowed');
  await expect.poll(() => endpoint.live.size).toBe(0);
  await close();
});

test('the page may reach Amazon’s media servers and nobody else', async () => {
  const { page, close } = await demo.visit('meeting.html');
  const refused = (address: string) =>
    page.evaluate(
      (address) =>
        new Promise<boolean>((resolve) => {
          document.addEventListener('securitypolicyviolation', () => resolve(true), { once: true });
          // Names are not resolved here, so what the policy lets through fails a moment later.
          new WebSocket(address).onerror = () => setTimeout(() => resolve(false), 500);
        }).catch(() => true),
      address,
    );
  expect(await refused('wss://signal.a.m1.ue1.app.chime.aws/control/a')).toBe(false);
  expect(await refused('wss://example.org/')).toBe(true);
  await close();
});

async function join(page: Page): Promise<void> {
  await page.getByLabel('Your name').fill('Ada');
  await page.getByLabel('Your name').press('Enter');
}

/** Keeps the tracks that the page got of camera and microphone. */
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
