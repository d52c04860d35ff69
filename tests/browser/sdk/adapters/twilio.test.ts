import { createLocalVideoTrack, type LocalVideoTrack } from 'twilio-video';
import { afterEach, expect, test, vi } from 'vitest';
import { CycloramaVideoProcessor } from '../../../../ts/src/adapters/twilio.js';
import { type FrameContent, openCamera, seen, VideoObserver } from '../helpers/camera.js';
import { readPixels } from '../helpers/pixels.js';
import { countResources, type ResourceCounter } from '../helpers/resource-counter.js';
import { paintScene } from '../helpers/scene.js';

const BLUE = { kind: 'color', color: '#2040c0' } as const;
const GREEN = { kind: 'color', color: '#0a5c36' } as const;
const [BLUE_LEVELS, GREEN_LEVELS] = [
  [32, 64, 192],
  [10, 92, 54],
];
/** The backend that starts fastest on a software GPU. */
const backend = 'webgl';
const TIMEOUT = { timeout: 60_000, interval: 100 };

let track: LocalVideoTrack | undefined;
let observer: VideoObserver | undefined;
let processor: CycloramaVideoProcessor | undefined;
let resources: ResourceCounter | undefined;

afterEach(async () => {
  observer?.close();
  track?.stop();
  await processor?.destroy();
  resources?.close();
  vi.restoreAllMocks();
});

test('a track shows the effect with every kind of buffer, and the camera after the processor is removed', async () => {
  vi.spyOn(navigator.mediaDevices, 'getUserMedia').mockImplementation(
    async () => new MediaStream([await openCamera()]),
  );
  processor = await CycloramaVideoProcessor.create({ backend, effect: BLUE });
  track = await createLocalVideoTrack();
  observer = await new VideoObserver(track.attach() as HTMLVideoElement, BLUE_LEVELS).open();
  for (const [inputFrameBufferType, outputFrameBufferContextType] of [
    [undefined, undefined],
    ['canvas', 'bitmaprenderer'],
    ['video', '2d'],
    ['videoframe', 'bitmaprenderer'],
  ] as const) {
    await sees('camera');
    track.addProcessor(processor, {
      ...(inputFrameBufferType && { inputFrameBufferType }),
      ...(outputFrameBufferContextType && { outputFrameBufferContextType }),
    });
    observer.contents.clear();
    await sees('person before the color');
    expect([...observer.contents], inputFrameBufferType).not.toContain('camera');
    if (inputFrameBufferType !== 'videoframe') track.removeProcessor(processor);
  }

  await processor.setEffect(GREEN);
  await sees('person before the color', GREEN_LEVELS);
  track.disable();
  expect(track.processedTrack?.enabled).toBe(false);
  track.enable();
  await sees('person before the color');
  await track.restart();
  await vi.waitFor(() => expect(track?.processedTrack?.readyState).toBe('live'), TIMEOUT);
  await sees('person before the color');

  // After destroy() without removeProcessor(), the track shows no person.
  await processor.destroy();
  await vi.waitFor(() => expect(observer?.inspect()).toBe('nothing'), TIMEOUT);
  expect([...observer.contents]).not.toContain('camera');
  track.removeProcessor(processor);
  await sees('camera');
});

test('frames are drawn in the size of the output and closed, and a camera without a frame stops nothing', async () => {
  processor = await CycloramaVideoProcessor.create({ backend, effect: BLUE, quality: 'high', worker: false });
  resources = countResources();
  const scene = await paintScene(320, 180);
  const pixels = readPixels(scene, 320, 180);
  const frame = () => new VideoFrame(scene, { timestamp: 0 });
  for (const [type, width, height] of [
    ['2d', 320, 180],
    // Twilio detects a new width only.
    ['bitmaprenderer', 320, 240],
    ['2d', 160, 90],
  ] as const) {
    const output = Object.assign(document.createElement('canvas'), { width, height });
    output.getContext(type);
    const input = frame();
    await processor.processFrame(input, output);
    expect(input.format, 'a closed frame has no format').toBeNull();
    expect([output.width, output.height]).toEqual([width, (width * 9) / 16]);
    expect(seen(readPixels(output, 320, 180), pixels, BLUE_LEVELS)).toBe('person before the color');
    // A camera without a frame leaves the output unchanged.
    await processor.processFrame(input, output);
    await processor.processFrame(document.createElement('video'), output);
    // So does an image that cannot be drawn. Twilio receives no error, because it would submit no frame after it.
    const draw = type === '2d' ? 'drawImage' : 'transferFromImageBitmap';
    Object.assign(output.getContext(type) as object, {
      [draw]: () => expect.unreachable('nothing is drawn'),
    });
    await processor.processFrame(frame(), output);
    expect(seen(readPixels(output, 320, 180), pixels, BLUE_LEVELS)).toBe('person before the color');
  }
  const output = document.createElement('canvas');
  output.getContext('webgl2');
  const input = frame();
  await expect(processor.processFrame(input, output)).rejects.toMatchObject({ code: 'option' });
  expect(resources.frames.closed).toBe(resources.frames.opened);
  expect(resources.bitmaps.closed).toBe(resources.bitmaps.opened);
});

/** Waits for a new frame, and then until the video shows something. */
async function sees(content: FrameContent, color?: readonly number[]): Promise<void> {
  if (color && observer) observer.color = color;
  await observer?.frame();
  await vi.waitFor(() => expect(observer?.inspect()).toBe(content), TIMEOUT);
}
