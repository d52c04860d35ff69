import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import matteUrl from '../../../../scripts/clip/matte.png?url';
import modelUrl from '../../../../ts/models/selfie_segmentation_landscape.tflite?url';
import {
  CycloramaError,
  ImageSegmenter,
  type SegmentOptions,
  type StillSource,
  segmentImage,
} from '../../../../ts/src/index.js';
import astronautUrl from '../../../data/astronaut.png?url';
import { allPerson } from '../../live/damage.js';
import { describeOnAllBackends, inFull } from '../../matrix.js';
import { readPixels } from '../helpers/pixels.js';
import { countResources, loseDevices, type ResourceCounter } from '../helpers/resource-counter.js';
import { loadAstronaut } from '../helpers/scene.js';

const BLUE = { kind: 'color', color: '#2040c0', lightWrap: 0 } as const;
/** The size at which masks are compared. */
const SMALL = { width: 600, height: 400 };

let resources: ResourceCounter | undefined;

afterEach(() => {
  resources?.close();
  resources = undefined;
});

// The worker transfers its images, the page does not.
for (const { backend, worker, matrix } of [
  { backend: 'cpu', worker: true, matrix: {} },
  { backend: 'webgl', worker: true, matrix: {} },
  { backend: 'webgpu', worker: false, matrix: {} },
  { backend: 'webgpu', worker: true, matrix: inFull },
] as const) {
  describe(`on ${backend} in the ${worker ? 'worker' : 'page'}`, matrix, () => {
    /** One for all tests, because making one takes seconds on a software adapter. */
    let segmenter: ImageSegmenter;
    /** The devices since the segmenter was created. */
    let devices: Pick<ResourceCounter, 'devices'>;

    beforeAll(async () => {
      const made = countResources();
      segmenter = await ImageSegmenter.create({ backend, worker });
      made.close();
      devices = made;
    });

    afterAll(async () => {
      await segmenter.destroy();
    });

    test('a photo of 24 megapixels keeps its size, with a finer outline than at low detail', async () => {
      const { photo, truth } = await compose(6000, 4000);
      const overlaps: number[] = [];
      for (const detail of ['low', 'high'] as const) {
        const { mask, width, height } = await segmenter.segment(photo, { output: 'mask', detail });
        expect([width, height, mask.width, mask.height]).toEqual([6000, 4000, 6000, 4000]);
        overlaps.push(overlap(readPixels(mask, SMALL.width, SMALL.height), truth));
        mask.close();
      }
      const [low = 1, high = 0] = overlaps;
      expect(high).toBeGreaterThan(0.95);
      expect(high).toBeGreaterThan(low + 0.02);
    });

    test('mask, cutout and composite come from one mask', async () => {
      const { photo } = await compose(900, 600);
      const { mask, cutout, composite } = await segmenter.segment(photo, {
        output: ['mask', 'cutout', 'composite'],
        effect: BLUE,
      });
      const [person, cut, composed] = [mask, cutout, composite].map((image) => readPixels(image, 900, 600));
      for (const image of [mask, cutout, composite]) image.close();
      if (!person || !cut || !composed) throw new Error('an image is missing');
      let [soft, transparentPixels, worstAlpha, worstColor] = [0, 0, 0, 0];
      for (let index = 0; index < person.data.length; index += 4) {
        const gray = person.data[index] ?? Number.NaN;
        const alpha = cut.data[index + 3] ?? Number.NaN;
        if (person.data[index + 3] !== 255) transparentPixels += 1;
        if (gray > 0 && gray < 255) soft += 1;
        worstAlpha = Math.max(worstAlpha, Math.abs(gray - alpha));
        // The red channel of the cutout over the background color, whose red is 0x20.
        const red = ((cut.data[index] ?? 0) * alpha + 0x20 * (255 - alpha)) / 255;
        worstColor = Math.max(worstColor, Math.abs(red - (composed.data[index] ?? Number.NaN)));
      }
      expect(transparentPixels).toBe(0);
      // The step of an 8-bit mask, and the precision of colors with a low alpha.
      expect(worstAlpha).toBeLessThanOrEqual(4);
      expect(worstColor).toBeLessThanOrEqual(4);
      expect(soft).toBeGreaterThan(500);
    });

    test('a photo without a person is background only', async () => {
      const { mask, composite } = await segmenter.segment(paintRoom(640, 480), {
        output: ['mask', 'composite'],
        effect: BLUE,
      });
      expect(
        readPixels(mask, 640, 480).data.every((value, index) => value === (index % 4 === 3 ? 255 : 0)),
      ).toBe(true);
      const { data } = readPixels(composite, 640, 480);
      expect([...data.subarray(0, 4)]).toEqual([0x20, 0x40, 0xc0, 255]);
      mask.close();
      composite.close();
    });

    // Resources of a worker can neither be counted nor lost from here.
    if (worker) return;

    test('segment aborts by its signal, and closes all that it opened', async () => {
      const { photo } = await compose(900, 600);
      // Creates the resources that are kept.
      for (const image of Object.values(await segmenter.segment(photo))) {
        if (image instanceof ImageBitmap) image.close();
      }
      resources = countResources();
      const abort = new AbortController();
      const aborted = segmenter.segment(photo, { signal: abort.signal });
      const next = segmenter.segment(photo, { output: ['mask', 'composite'] });
      setTimeout(() => abort.abort(new Error('enough')), 20);
      await expect(aborted).rejects.toThrow('enough');
      const { mask, composite } = await next;
      mask.close();
      composite.close();
      await expect(segmenter.segment(photo, { signal: AbortSignal.abort() })).rejects.toMatchObject({
        name: 'AbortError',
      });
      expect(resources.bitmaps.opened).toBeGreaterThan(8);
      expect(resources.bitmaps.closed).toBe(resources.bitmaps.opened);
      expect(resources.frames.closed).toBe(resources.frames.opened);
    });

    test('a lost device fails the photo in progress, and not the next one', async () => {
      resources = countResources();
      await loseDevices(devices);
      await expect(segmenter.segment(astronautUrl)).rejects.toMatchObject({ code: 'device-lost' });
      const { cutout } = await segmenter.segment(astronautUrl, { detail: 'low' });
      expect(readPixels(cutout, 512, 512).data[4 * (113 * 512 + 224) + 3]).toBe(255);
      cutout.close();
      expect(resources.bitmaps.closed).toBe(resources.bitmaps.opened);
    });
  });
}

describe('on one segmenter', () => {
  let segmenter: ImageSegmenter;

  beforeAll(async () => {
    segmenter = await ImageSegmenter.create({ backend: 'webgl', worker: false });
  });

  afterAll(async () => {
    await segmenter.destroy();
  });

  test('photos of every kind are accepted, and stay the caller’s', async () => {
    const canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = [320, 320];
    canvas.getContext('2d')?.drawImage(await loadAstronaut(), 0, 0, 320, 320);
    const offscreen = new OffscreenCanvas(320, 320);
    offscreen.getContext('2d')?.drawImage(canvas, 0, 0);
    const image = new Image();
    image.src = canvas.toDataURL();
    const blob = await offscreen.convertToBlob();
    const bitmap = await createImageBitmap(canvas);
    const frame = new VideoFrame(canvas, { timestamp: 0 });
    const url = URL.createObjectURL(blob);
    const sources = [canvas, offscreen, image, blob, bitmap, frame, readPixels(canvas, 320, 320), url];
    for (const source of sources) {
      const { mask, width, height } = await segmenter.segment(source, { output: 'mask', detail: 'low' });
      expect([width, height], source.constructor.name).toEqual([320, 320]);
      // The face, and the room above it.
      expect(at(mask, 140, 70)).toBe(255);
      expect(at(mask, 10, 10)).toBe(0);
      mask.close();
    }
    expect([bitmap.width, frame.codedWidth]).toEqual([320, 320]);
    bitmap.close();
    frame.close();
    URL.revokeObjectURL(url);
  });

  test('a photo is rotated according to its EXIF data', async () => {
    const canvas = new OffscreenCanvas(300, 500);
    const context = canvas.getContext('2d');
    // The photo is stored rotated. Orientation 6 means: rotate it a quarter clockwise.
    context?.translate(0, 500);
    context?.rotate(-Math.PI / 2);
    context?.drawImage(await loadAstronaut(), 0, 0, 500, 300);
    const turned = withOrientation(await canvas.convertToBlob({ type: 'image/jpeg', quality: 0.95 }), 6);
    const { mask, cutout, width, height } = await segmenter.segment(turned, { output: ['mask', 'cutout'] });
    expect([width, height, mask.width, mask.height]).toEqual([500, 300, 500, 300]);
    expect(at(mask, 219, 66)).toBe(255);
    expect(at(mask, 10, 10)).toBe(0);
    expect([cutout.width, cutout.height]).toEqual([500, 300]);
    mask.close();
    cutout.close();
  });

  test('an invalid photo is a typed error, and the next one is processed', async () => {
    const empty = new OffscreenCanvas(0, 10);
    const closed = await createImageBitmap(new ImageData(2, 2));
    closed.close();
    const huge = new OffscreenCanvas(segmenter.maxSide + 1, 1);
    const failures: [StillSource, SegmentOptions, string, string][] = [
      [empty, {}, 'frame', 'no pixels'],
      [closed, {}, 'frame', 'no pixels'],
      [new Image(), {}, 'frame', 'is not an image'],
      [new Blob(['no image'], { type: 'image/png' }), {}, 'frame', 'a Blob of type "image/png"'],
      [huge, {}, 'frame', `at most ${segmenter.maxSide} pixels a side`],
      ['/there-is-nothing.jpg', {}, 'asset', '/there-is-nothing.jpg'],
      ['http://', {}, 'asset', 'is invalid'],
      [42 as unknown as Blob, {}, 'frame', 'a photo must be'],
      [huge, { output: 'matte' as 'mask' }, 'option', 'output is "matte"'],
      [huge, { output: [] }, 'option', 'output is'],
      [huge, { detail: 'max' as 'high' }, 'option', 'detail is "max"'],
      [huge, { effect: { kind: 'none' } as unknown as typeof BLUE }, 'option', 'effect.kind is "none"'],
    ];
    for (const [source, options, code, message] of failures) {
      const found = await segmenter.segment(source, options).catch((error: unknown) => error);
      expect(found).toBeInstanceOf(CycloramaError);
      expect(found).toMatchObject({ code, message: expect.stringContaining(message) });
    }
    const broken = segmenter.segment(await loadAstronaut(), {
      output: 'composite',
      effect: { kind: 'image', source: new Blob(['no image']) },
    });
    await expect(broken).rejects.toMatchObject({ code: 'effect' });
    const { cutout } = await segmenter.segment(await loadAstronaut());
    expect([cutout.width, cutout.height]).toEqual([512, 512]);
    cutout.close();
  });

  test('a cross-origin photo without permission is a typed error', async () => {
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64"><foreignObject width="64" height="64"/></svg>`;
    const image = new Image();
    const url = URL.createObjectURL(new Blob([svg], { type: 'image/svg+xml' }));
    image.src = url;
    await image.decode();
    const tainted = document.createElement('canvas');
    tainted.getContext('2d')?.drawImage(image, 0, 0);
    await expect(segmenter.segment(tainted)).rejects.toMatchObject({
      code: 'frame',
      message: expect.stringContaining('origin'),
    });
    URL.revokeObjectURL(url);
  });
});

describeOnAllBackends((backend) => {
  test('segmentImage needs one call, and nothing runs after its end', async () => {
    resources = countResources();
    // On the page, an image of WebGL2 cannot be read after the engine was destroyed.
    const options = { backend, worker: backend !== 'webgpu' };
    const { cutout, width, height } = await segmentImage(astronautUrl, options);
    expect([width, height]).toEqual([512, 512]);
    const canvas = new OffscreenCanvas(width, height);
    canvas.getContext('bitmaprenderer')?.transferFromImageBitmap(cutout);
    expect(resources.bitmaps.closed).toBe(resources.bitmaps.opened);
    if (backend === 'webgpu') expect((await resources.devices[0]?.lost)?.reason).toBe('destroyed');
    const png = await createImageBitmap(await canvas.convertToBlob());
    expect(readPixels(png, 512, 512).data[3]).toBe(0);
    expect(readPixels(png, 512, 512).data[4 * (113 * 512 + 224) + 3]).toBe(255);
    png.close();

    const segmenter = await ImageSegmenter.create({ backend });
    const late = expect(segmenter.segment(astronautUrl)).rejects.toMatchObject({ code: 'destroyed' });
    await segmenter.destroy();
    await late;
    await expect(segmenter.segment(astronautUrl)).rejects.toMatchObject({ code: 'destroyed' });
  });
});

test('an invalid mask returns no image', async () => {
  const model = allPerson(await (await fetch(modelUrl)).arrayBuffer());
  const segmenter = await ImageSegmenter.create({ backend: 'webgl', model, worker: false });
  try {
    for (const detail of ['low', 'high'] as const) {
      resources = countResources();
      const output = ['mask', 'cutout', 'composite'] as const;
      const made = segmenter.segment(astronautUrl, { output, detail });
      await expect(made).rejects.toMatchObject({ name: 'CycloramaError', code: 'mask' });
      expect(resources.bitmaps.closed).toBe(resources.bitmaps.opened);
      resources.close();
    }
  } finally {
    await segmenter.destroy();
  }
});

/** A room without a person. */
function paintRoom(width: number, height: number): OffscreenCanvas {
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d', { alpha: false });
  if (!context) throw new Error('there is no 2D context for the room');
  const light = context.createLinearGradient(0, 0, width, height);
  light.addColorStop(0, '#8fa3b5');
  light.addColorStop(1, '#5d5148');
  context.fillStyle = light;
  context.fillRect(0, 0, width, height);
  return canvas;
}

/** The astronaut in the left half of a room four times her height, and which pixels of {@link SMALL} show her. */
async function compose(width: number, height: number): Promise<{ photo: OffscreenCanvas; truth: ImageData }> {
  const matte = await createImageBitmap(await (await fetch(matteUrl)).blob());
  const person = new OffscreenCanvas(512, 512);
  const context = person.getContext('2d');
  if (!context) throw new Error('there is no 2D context for the person');
  context.drawImage(await loadAstronaut(), 0, 0);
  const alpha = readPixels(matte, 512, 512);
  matte.close();
  const pixels = context.getImageData(0, 0, 512, 512);
  for (let index = 0; index < pixels.data.length; index += 4) pixels.data[index + 3] = alpha.data[index] ?? 0;
  context.putImageData(pixels, 0, 0);
  const photo = paintRoom(width, height);
  const shape = new OffscreenCanvas(SMALL.width, SMALL.height);
  for (const canvas of [photo, shape]) {
    // The matte covers the photo down to this row.
    const side = (0.25 * canvas.height * 512) / 474;
    canvas.getContext('2d')?.drawImage(person, 0.12 * canvas.width, 0.75 * canvas.height, side, side);
  }
  return { photo, truth: readPixels(shape, SMALL.width, SMALL.height) };
}

/** Intersection over union of a mask's white pixels and the opaque pixels of the ground truth. */
function overlap(mask: ImageData, truth: ImageData): number {
  let [shared, common] = [0, 0];
  for (let index = 0; index < truth.data.length; index += 4) {
    const found = (mask.data[index] ?? 0) > 127;
    const expected = (truth.data[index + 3] ?? 0) > 127;
    if (found && expected) shared += 1;
    if (found || expected) common += 1;
  }
  return shared / common;
}

/** The red value of one pixel. */
function at(image: ImageBitmap, x: number, y: number): number | undefined {
  return readPixels(image, image.width, image.height).data[4 * (y * image.width + x)];
}

/** A JPEG with an EXIF segment that contains only the orientation. */
function withOrientation(jpeg: Blob, orientation: number): Blob {
  const exif = [
    [0xff, 0xe1, 0x00, 0x22, ...new TextEncoder().encode('Exif'), 0, 0],
    // Big-endian TIFF with one entry: 0x0112, one short.
    [...new TextEncoder().encode('MM'), 0, 42, 0, 0, 0, 8, 0, 1],
    [0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0, 0, 0, 0, 0],
  ].flat();
  return new Blob([jpeg.slice(0, 2), new Uint8Array(exif), jpeg.slice(2)], { type: 'image/jpeg' });
}
