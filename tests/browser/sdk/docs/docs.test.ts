import { ImageSegmenter, VirtualBackground } from 'cyclorama';
import type { ChimeVideoFrameProcessor } from 'cyclorama/chime';
import type { CycloramaTrackProcessor } from 'cyclorama/livekit';
import type { CycloramaVideoProcessor } from 'cyclorama/twilio';
import type { LocalVideoTrack as LiveKitTrack } from 'livekit-client';
import type { LocalVideoTrack as TwilioTrack } from 'twilio-video';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { full } from '../../matrix.js';
import { chooseBackend } from '../helpers/choose-backend.js';
import {
  context,
  meetingSession,
  peerConnection,
  photo,
  provide,
  published,
  video,
} from './docs-surroundings.js';

/** Cleanup functions of a test. The last one runs first. */
const ends: (() => unknown)[] = [];

beforeEach(() => {
  if (full) return;
  // The examples do not depend on the backend, and a software adapter takes seconds to make an engine on WebGPU.
  chooseBackend(VirtualBackground, 'webgl');
  chooseBackend(ImageSegmenter, 'webgl');
});

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
  vi.restoreAllMocks();
});

test('the README’s WebRTC example sends frames with the effect, and the changes of the package’s README apply', async () => {
  const { background, camera } = (await import('snippet:README.md|peerConnection.addTrack')) as {
    background: VirtualBackground;
    camera: MediaStreamTrack;
  };
  ends.push(
    () => camera.stop(),
    () => background.destroy(),
  );
  const [sender] = peerConnection.getSenders();
  await expectFrames(background, sender?.track ?? undefined);

  serve('/beach.jpg');
  provide({ background });
  await import('snippet:ts/README.md|await background.setQuality');
  expect((await background.metrics()).quality).toMatchObject({ framesPerSegmentation: 2, outputScale: 0.75 });
  await expectFrames(background, sender?.track ?? undefined);
});

test('the README’s Chime example starts the session’s video with the effect', async () => {
  const { processor } = (await import('snippet:README.md|DefaultVideoTransformDevice')) as {
    processor: ChimeVideoFrameProcessor;
  };
  ends.push(
    () => processor.destroy(),
    () => meetingSession.audioVideo.stopVideoInput(),
  );
  await expectFrames(processor);
});

test('the README’s LiveKit example publishes a track with the effect', async () => {
  const { track } = (await import('snippet:README.md|cyclorama/livekit')) as { track: LiveKitTrack };
  ends.push(() => track.stop());
  expect(published.at(-1)).toBe(track);
  const { background } = track.getProcessor() as CycloramaTrackProcessor;
  if (!background) throw new Error('the processor has no background');
  ends.push(() => background.destroy());
  await expectFrames(background, track.mediaStreamTrack);
});

test('the README’s Twilio example publishes a track with the effect', async () => {
  const { processor, track } = (await import('snippet:README.md|cyclorama/twilio')) as {
    processor: CycloramaVideoProcessor;
    track: TwilioTrack;
  };
  ends.push(
    () => processor.destroy(),
    () => track.stop(),
  );
  expect(published.at(-1)).toBe(track);
  // Twilio reads no frames of a track that is neither in a room nor on a page.
  track.attach();
  await expectFrames(processor.background);
});

test('the package’s own example draws a frame, changes the effect and destroys the background', async () => {
  const stream = await navigator.mediaDevices.getUserMedia({ video: true });
  video.srcObject = stream;
  ends.push(() => {
    for (const track of stream.getTracks()) track.stop();
  });
  await video.play();
  serve('/beach.jpg');
  const drawn = countDrawn();
  const { background } = (await import('snippet:ts/README.md|background.processFrame(video)')) as {
    background: VirtualBackground;
  };
  expect(drawn()).toBe(1);
  await expect(background.setEffect({ kind: 'none' })).rejects.toMatchObject({ code: 'destroyed' });
});

test('the still image’s example draws a cutout', async () => {
  photo.src = new URL('../../../data/astronaut.png', import.meta.url).href;
  await photo.decode();
  // Setting the size also clears the canvas.
  context.canvas.width = photo.naturalWidth;
  context.canvas.height = photo.naturalHeight;
  const drawn = countDrawn();
  await import('snippet:docs/stills.md|context.drawImage(cutout');
  expect(drawn()).toBe(1);
  const { data } = context.getImageData(0, 0, context.canvas.width, context.canvas.height);
  const alphas = data.filter((_, index) => index % 4 === 3);
  expect([alphas.includes(0), alphas.includes(255)]).toEqual([true, true]);
});

/** How many images an example has drawn. */
function countDrawn(): () => number {
  const spy = vi.spyOn(context, 'drawImage');
  ends.push(() => spy.mockRestore());
  return () => spy.mock.calls.length;
}

/** Expects frames with the effect and no raw frame. A track has frames only while a video plays it. */
async function expectFrames(
  source: Pick<VirtualBackground, 'metrics'>,
  track?: MediaStreamTrack,
): Promise<void> {
  if (track) {
    const screen = document.createElement('video');
    screen.muted = true;
    screen.srcObject = new MediaStream([track]);
    await screen.play();
  }
  const before = (await source.metrics()).frames.processed;
  await expect
    .poll(async () => (await source.metrics()).frames.processed - before, { timeout: 60_000, interval: 250 })
    .toBeGreaterThan(1);
  expect((await source.metrics()).frames).toMatchObject({ raw: 0, failed: 0 });
}

/** Answers a URL of the examples with an image, as the app's own server would. */
function serve(path: string): void {
  const asked = window.fetch;
  ends.push(() => {
    window.fetch = asked;
  });
  window.fetch = async (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input, location.href);
    if (url.pathname !== path) return asked(input, init);
    const canvas = new OffscreenCanvas(64, 36);
    canvas.getContext('2d')?.fillRect(0, 0, 32, 36);
    return new Response(await canvas.convertToBlob());
  };
}
