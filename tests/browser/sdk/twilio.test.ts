import { createLocalVideoTrack, type LocalVideoTrack } from 'twilio-video';
import { afterEach, expect, test, vi } from 'vitest';
import { CycloramaVideoProcessor } from '../../../ts/src/adapters/twilio.js';
import { Onlooker, openCamera, type Sight, seen } from './camera.js';
import { type Ledger, openLedger } from './ledger.js';
import { readPixels } from './pixels.js';
import { paintScene } from './scene.js';

const BLUE = { kind: 'color', color: '#2040c0' } as const;
const GREEN = { kind: 'color', color: '#0a5c36' } as const;
const [BLUE_LEVELS, GREEN_LEVELS] = [
  [32, 64, 192],
  [10, 92, 54],
];
/** The quickest to be made where a processor stands for the GPU. */
const backend = 'webgl';
const PATIENCE = { timeout: 60_000, interval: 100 };

let track: LocalVideoTrack | undefined;
let onlooker: Onlooker | undefined;
let processor: CycloramaVideoProcessor | undefined;
let ledger: Ledger | undefined;

afterEach(async () => {
  onlooker?.close();
  track?.stop();
  await processor?.destroy();
  ledger?.close();
  vi.restoreAllMocks();
});

test('a track shows the effect by way of every kind of buffer, and the camera when it is done', async () => {
  vi.spyOn(navigator.mediaDevices, 'getUserMedia').mockImplementation(
    async () => new MediaStream([await openCamera()]),
  );
  processor = await CycloramaVideoProcessor.create({ backend, effect: BLUE });
  track = await createLocalVideoTrack();
  onlooker = await new Onlooker(track.attach() as HTMLVideoElement, BLUE_LEVELS).open();
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
    onlooker.sights.clear();
    await sees('person before the colour');
    expect([...onlooker.sights], inputFrameBufferType).not.toContain('camera');
    if (inputFrameBufferType !== 'videoframe') track.removeProcessor(processor);
  }

  await processor.setEffect(GREEN);
  await sees('person before the colour', GREEN_LEVELS);
  track.disable();
  expect(track.processedTrack?.enabled).toBe(false);
  track.enable();
  await sees('person before the colour');
  await track.restart();
  await vi.waitFor(() => expect(track?.processedTrack?.readyState).toBe('live'), PATIENCE);
  await sees('person before the colour');

  // Whoever destroys it and forgets to remove it shows nobody.
  await processor.destroy();
  await vi.waitFor(() => expect(onlooker?.look()).toBe('nothing'), PATIENCE);
  expect([...onlooker.sights]).not.toContain('camera');
  track.removeProcessor(processor);
  await sees('camera');
});

test('frames are drawn in the size of the output and closed, and a camera without a picture stops nothing', async () => {
  processor = await CycloramaVideoProcessor.create({ backend, effect: BLUE, worker: false });
  ledger = openLedger();
  const scene = await paintScene(320, 180);
  const pixels = readPixels(scene, 320, 180);
  const frame = () => new VideoFrame(scene, { timestamp: 0 });
  for (const [type, width, height] of [
    ['2d', 320, 180],
    // Twilio notices a new width alone.
    ['bitmaprenderer', 320, 240],
    ['2d', 160, 90],
  ] as const) {
    const output = Object.assign(document.createElement('canvas'), { width, height });
    output.getContext(type);
    const input = frame();
    await processor.processFrame(input, output);
    expect(input.format, 'a frame that was closed has none').toBeNull();
    expect([output.width, output.height]).toEqual([width, (width * 9) / 16]);
    expect(seen(readPixels(output, 320, 180), pixels, BLUE_LEVELS)).toBe('person before the colour');
    // What has no picture leaves the output as it is.
    await processor.processFrame(input, output);
    await processor.processFrame(document.createElement('video'), output);
    // So does a picture that cannot be drawn, which Twilio is not told of: it would hand in no frame after it.
    const draw = type === '2d' ? 'drawImage' : 'transferFromImageBitmap';
    Object.assign(output.getContext(type) as object, {
      [draw]: () => expect.unreachable('nothing is drawn'),
    });
    await processor.processFrame(frame(), output);
    expect(seen(readPixels(output, 320, 180), pixels, BLUE_LEVELS)).toBe('person before the colour');
  }
  const output = document.createElement('canvas');
  output.getContext('webgl2');
  const input = frame();
  await expect(processor.processFrame(input, output)).rejects.toMatchObject({ code: 'option' });
  expect(ledger.frames.closed).toBe(ledger.frames.opened);
  expect(ledger.bitmaps.closed).toBe(ledger.bitmaps.opened);
});

/** Waits for a new frame, and for a sight from then on. */
async function sees(sight: Sight, color?: readonly number[]): Promise<void> {
  if (color && onlooker) onlooker.color = color;
  await onlooker?.frame();
  await vi.waitFor(() => expect(onlooker?.look()).toBe(sight), PATIENCE);
}
