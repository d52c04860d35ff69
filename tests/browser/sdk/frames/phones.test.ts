/** A phone's camera in portrait orientation, as far as a desktop browser can simulate it. */
import { afterEach, expect, test } from 'vitest';
import { VirtualBackground } from '../../../../ts/src/index.js';
import type { InsertableStreams } from '../../../../ts/src/page/tracks/process-track.js';
import { describeOnAllBackends } from '../../matrix.js';
import { readPixels } from '../helpers/pixels.js';
import { countMarker, cut, drawScene, loadAstronaut, meanDifference, type Region } from '../helpers/scene.js';

const { MediaStreamTrackGenerator, MediaStreamTrackProcessor } = globalThis as unknown as InsertableStreams;

const [WIDTH, HEIGHT] = [720, 1280];
const BLUE = { kind: 'color', color: '#2040c0' } as const;
/** The shoulder and the face of the astronaut, who fills the lower part of the frame. */
const PERSON: readonly Region[] = [
  { left: 0.3, top: 0.72, width: 0.12, height: 0.06 },
  { left: 0.4, top: 0.545, width: 0.08, height: 0.06 },
];
/** Where the wall is, above and next to the person's head. */
const WALL: readonly Region[] = [
  { left: 0.02, top: 0.02, width: 0.96, height: 0.36 },
  { left: 0.02, top: 0.45, width: 0.12, height: 0.1 },
];

let background: VirtualBackground | undefined;

afterEach(async () => {
  await background?.destroy();
  background = undefined;
});

async function paintPortrait(): Promise<HTMLCanvasElement> {
  const canvas = document.createElement('canvas');
  Object.assign(canvas, { width: WIDTH, height: HEIGHT });
  const context = canvas.getContext('2d', { alpha: false });
  if (!context) throw new Error('there is no 2D context for the scene');
  // The walls alone: the person is one transparent pixel.
  drawScene(context, await createImageBitmap(new ImageData(1, 1)), 0);
  context.drawImage(await loadAstronaut(), 0, HEIGHT - WIDTH, WIDTH, WIDTH);
  return canvas;
}

/** How far the person is from the camera's, in levels, and how many pixels of the wall are left. */
function compare(image: CanvasImageSource, scene: ImageData) {
  const pixels = readPixels(image, WIDTH, HEIGHT);
  const differences = PERSON.map((region) => meanDifference(cut(pixels, region), cut(scene, region)));
  return {
    person: Math.max(...differences),
    wall: WALL.reduce((sum, region) => sum + countMarker(cut(pixels, region)), 0),
  };
}

describeOnAllBackends((backend) => {
  test('a frame of 720x1280 keeps its size and its person, and shows nothing of the wall', async () => {
    background = await VirtualBackground.create({ backend, effect: BLUE });
    const portrait = await paintPortrait();
    const scene = readPixels(portrait, WIDTH, HEIGHT);
    const { image, width, height, outcome } = await background.processFrame(portrait);
    expect([outcome, width, height, image.width, image.height]).toEqual([
      'processed',
      WIDTH,
      HEIGHT,
      WIDTH,
      HEIGHT,
    ]);
    const { person, wall } = compare(image, scene);
    image.close();
    expect(person).toBeLessThan(6);
    expect(wall).toBe(0);
  });

  test.each([0, 90, 270] as const)(
    'a track of 720x1280 whose frames are rotated by %d degrees keeps size and person',
    async (rotation) => {
      background = await VirtualBackground.create({ backend, effect: BLUE, quality: 'high' });
      const camera = new MediaStreamTrackGenerator({ kind: 'video' });
      const writer = camera.writable.getWriter();
      const portrait = await paintPortrait();
      const scene = readPixels(portrait, WIDTH, HEIGHT);
      const output = await background.processTrack(camera);
      const reader = new MediaStreamTrackProcessor({ track: output }).readable.getReader();
      for (const timestamp of [0, 33_000, 66_000]) {
        await writer.write(turned(portrait, rotation, timestamp));
        const { value: frame } = await reader.read();
        if (!frame) throw new Error('the track ended');
        const { person, wall } = compare(frame, scene);
        expect([frame.displayWidth, frame.displayHeight]).toEqual([WIDTH, HEIGHT]);
        frame.close();
        expect(person).toBeLessThan(6);
        expect(wall).toBe(0);
      }
      await reader.cancel();
      camera.stop();
    },
  );
});

/** A frame that is stored in landscape, like those of a phone's sensor, and carries its rotation. */
function turned(portrait: HTMLCanvasElement, rotation: 0 | 90 | 270, timestamp: number): VideoFrame {
  if (rotation === 0) return new VideoFrame(portrait, { timestamp });
  const canvas = new OffscreenCanvas(HEIGHT, WIDTH);
  const context = canvas.getContext('2d', { alpha: false });
  context?.translate(HEIGHT / 2, WIDTH / 2);
  context?.rotate((-rotation * Math.PI) / 180);
  context?.drawImage(portrait, -WIDTH / 2, -HEIGHT / 2);
  const init: VideoFrameInit & { rotation: number } = { timestamp, rotation };
  return new VideoFrame(canvas, init);
}
