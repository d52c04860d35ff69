/** The engines whose model runs on the CPU: the effects run on WebGL2, or on the CPU too. */
import { afterEach, describe, expect, test, vi } from 'vitest';
import { loadModel } from '../../../../ts/src/shared/assets.js';
import type { Background } from '../../../../ts/src/shared/background.js';
import type { Processed } from '../../../../ts/src/shared/engine-types.js';
import { loadWasm } from '../../../../ts/src/worker/engine.js';
import { loseContexts, watchContexts } from '../helpers/contexts.js';
import { pause, readPixels } from '../helpers/pixels.js';
import { frameOf } from '../helpers/raw-frames.js';
import { BACKGROUND, cameraFrame, countMarker, cut, meanDifference, paintScene } from '../helpers/scene.js';

const background: Background = { kind: 'color', color: [32, 64, 192], lightWrap: 0.3 };
const layout = { fit: 'cover', position: [0.5, 0.5], mirror: true };
const code = (expected: string) => expect.objectContaining({ code: expected });

afterEach(() => {
  vi.restoreAllMocks();
});

async function createEngine(backend: 'webgl' | 'cpu', chosen: Background = background) {
  const { Engine } = await loadWasm(backend, undefined);
  const model = await loadModel('selfie_segmentation_landscape', undefined, undefined);
  return Engine.create(model, { background: chosen });
}

/** The pixels of a processed frame, whose bitmap is closed. */
function pixels({ image, width, height }: Processed): ImageData {
  const result = readPixels(image, width, height);
  image.close();
  return result;
}

describe.each(['webgl', 'cpu'] as const)('on %s', (backend) => {
  test('every kind of frame shows the same person, and no other GPU interface is used', async () => {
    const gpu = vi.spyOn(navigator.gpu, 'requestAdapter');
    const contexts = watchContexts();
    const canvas = await paintScene();
    const drawn = new OffscreenCanvas(640, 360);
    drawn.getContext('2d')?.drawImage(canvas, 0, 0);
    const bitmap = await createImageBitmap(canvas);
    const frame = new VideoFrame(canvas, { timestamp: 0 });
    const stream = canvas.captureStream();
    const video = document.createElement('video');
    video.muted = true;
    video.srcObject = stream;
    await video.play();
    const engine = await createEngine(backend);
    expect(engine.info()).toMatchObject({
      backend,
      adapter: expect.stringMatching(/./),
      fallbackAdapter: backend === 'webgl',
      model: { family: 'selfie', width: 256, height: 144 },
      timestamps: false,
      precision: 'f32',
    });
    expect(engine.memory()).toEqual({ wasm: expect.any(Number), model: undefined });
    expect(engine.gpuTimes()).toEqual([]);
    const outputs: ImageData[] = [];
    for (const source of [canvas, drawn, bitmap, frame, video]) {
      const processed = await engine.process(source, undefined);
      expect(processed).toMatchObject({ segmented: true, completed: undefined, width: 640, height: 360 });
      outputs.push(pixels(processed));
    }
    for (const track of stream.getTracks()) track.stop();
    bitmap.close();
    frame.close();
    const [first, ...others] = outputs as [ImageData];
    // The chroma of a video is subsampled.
    for (const other of others) expect(meanDifference(first, other)).toBeLessThan(1.5);
    const scene = readPixels(canvas, 640, 360);
    for (const region of BACKGROUND) {
      expect(countMarker(cut(scene, region))).toBeGreaterThan(0);
      expect(countMarker(cut(first, region))).toBe(0);
    }
    expect(gpu).not.toHaveBeenCalled();
    expect(contexts).toHaveLength(backend === 'webgl' ? 1 : 0);
    engine.destroy();
    engine.free();
  });

  test('transparent areas have premultiplied alpha, and a placeholder frame shows the background', async () => {
    const canvas = await paintScene();
    const engine = await createEngine(backend, { kind: 'transparent' });
    const { data } = pixels(await engine.process(canvas, { waitForGpu: true }));
    expect([...data.subarray(0, 4)]).toEqual([0, 0, 0, 0]);
    const middle = (180 * 640 + 300) * 4;
    expect(data[middle + 3]).toBe(255);
    engine.setBackground({ kind: 'color', color: [1, 2, 3] });
    const image = engine.hide(3, 2);
    expect([...readPixels(image, 3, 2).data.subarray(20)]).toEqual([1, 2, 3, 255]);
    image.close();
    engine.destroy();
    engine.free();
  });

  test('an engine runs in a worker', async () => {
    const canvas = await paintScene();
    const model = await loadModel('selfie_segmentation_landscape', undefined, undefined);
    const engine = await createEngine(backend);
    const expected = pixels(await engine.process(canvas, undefined));
    engine.destroy();
    engine.free();
    for (const frame of [new VideoFrame(canvas, { timestamp: 0 }), await createImageBitmap(canvas)]) {
      const worker = new Worker(new URL('./engine-worker.ts', import.meta.url), { type: 'module' });
      const answer = new Promise<{ image: ImageBitmap; backend: string }>((resolve, reject) => {
        worker.addEventListener('message', ({ data }) => (data.error ? reject(data.error) : resolve(data)));
        worker.addEventListener('error', reject);
      });
      worker.postMessage({ backend, model, background, frame }, [frame]);
      const { image, backend: used } = await answer;
      worker.terminate();
      expect(used).toBe(backend);
      expect(meanDifference(expected, readPixels(image, image.width, image.height))).toBeLessThan(1);
      image.close();
    }
  });

  test('a background video shows the frames that are passed to process()', async () => {
    const canvas = await paintScene();
    const plain = (color: string) => {
      const plainImage = new OffscreenCanvas(32, 18);
      const context = plainImage.getContext('2d');
      if (context) {
        context.fillStyle = color;
        context.fillRect(0, 0, 32, 18);
      }
      return plainImage;
    };
    const engine = await createEngine(backend);
    const corner = (processed: Processed) => [...pixels(processed).data.subarray(0, 3)];
    await expect(engine.process(canvas, { image: plain('#f00') }).then(corner)).resolves.toEqual([
      32, 64, 192,
    ]);
    engine.setBackground({ kind: 'video', image: plain('#f00'), layout });
    await expect(engine.process(canvas, undefined).then(corner)).resolves.toEqual([255, 0, 0]);
    const frame = new VideoFrame(plain('#00f'), { timestamp: 0 });
    const [red, green, blue] = corner(await engine.process(canvas, { image: frame }));
    expect(red).toBeLessThan(5);
    expect(green).toBeLessThan(5);
    expect(blue).toBeGreaterThan(250);
    frame.close();
    // A closed frame cannot be imported, so the last frame stays.
    const late = await engine.process(canvas, { image: frame });
    expect(late.backgroundError).toEqual(code('effect'));
    expect(corner(late)[2]).toBeGreaterThan(250);
    engine.destroy();
    engine.free();
  });

  test('a matte is reused for a tenth of a second', async () => {
    const canvas = await paintScene();
    const engine = await createEngine(backend);
    const start = performance.now();
    let now = 0;
    vi.spyOn(performance, 'now').mockImplementation(() => start + now);
    const show = async (reuseMatte: boolean, frame = canvas) => {
      const { image, segmented, cpu } = await engine.process(frame, { reuseMatte });
      image.close();
      expect(segmented || (cpu.inference === 0 && cpu.refine === 0)).toBe(true);
      return segmented;
    };
    expect(await show(true)).toBe(true);
    now = 50;
    expect(await show(true)).toBe(false);
    now = 100;
    expect(await show(true)).toBe(false);
    now = 101;
    expect(await show(true)).toBe(true);
    now = 134;
    expect(await show(true, await paintScene(320, 180))).toBe(true);
    expect(await show(true)).toBe(true);
    expect(await show(false)).toBe(true);
    engine.destroy();
    engine.free();
  });

  test('after a cut to black, no mask of the earlier frames shows', async () => {
    const scene = await paintScene();
    const black = await paintScene(640, 360, 0);
    for (const format of ['RGBA', 'I420'] as const) {
      const engine = await createEngine(backend, { kind: 'color', color: [200, 200, 200], lightWrap: 0 });
      const show = async (canvas: HTMLCanvasElement, timestamp: number) => {
        const frame = frameOf(readPixels(canvas, 640, 360), format, { timestamp });
        const shown = pixels(await engine.process(frame, undefined));
        frame.close();
        return shown;
      };
      for (let number = 0; number < 3; number += 1) await show(scene, number * 33_333);
      const { data } = await show(black, 100_000);
      expect(
        data.reduce((least, level, index) => (index % 4 === 3 ? least : Math.min(least, level))),
        format,
      ).toBeGreaterThan(150);
      engine.destroy();
      engine.free();
    }
  });

  test('misuse is a typed error, and the engine keeps working', async () => {
    const canvas = await paintScene();
    const engine = await createEngine(backend);
    await expect(engine.process({}, undefined)).rejects.toEqual(code('frame'));
    await expect(engine.process(new OffscreenCanvas(1, 100_000), undefined)).rejects.toEqual(code('frame'));
    await expect(engine.setModel(new Uint8Array(100))).rejects.toEqual(code('model'));
    expect(() => engine.setBackground({ kind: 'sparkles' })).toThrow();
    // The engine awaits its pixels. Those of a canvas are drawn, so they are available immediately.
    const frame = cameraFrame(640, 360);
    const [first, second] = [engine.process(frame, undefined), engine.process(frame, undefined)];
    await expect(second).rejects.toEqual(code('busy'));
    (await first).image.close();
    frame.close();
    const { Segmenter } = await loadWasm(backend, undefined);
    await expect(Segmenter.create(new Uint8Array(0), 'webgpu')).rejects.toEqual(code('unsupported'));
    engine.destroy();
    await expect(engine.process(canvas, undefined)).rejects.toEqual(code('destroyed'));
    engine.free();
  });

  test('a module restarts after a WebAssembly crash', async () => {
    const glue = await loadWasm(backend, undefined);
    const canvas = await paintScene();
    const engine = await createEngine(backend);
    glue.__wbg_reset_state();
    // Objects of the previous module do not work with this one.
    expect(() => engine.info()).toThrow();
    const next = await createEngine(backend);
    (await next.process(canvas, undefined)).image.close();
    next.destroy();
    next.free();
  });
});

test('a lost context is an error, and no frame is shown', async () => {
  const canvas = await paintScene();
  const contexts = watchContexts();
  const engine = await createEngine('webgl');
  (await engine.process(canvas, undefined)).image.close();
  expect(engine.lostReason()).toBeUndefined();
  expect(contexts).toHaveLength(1);
  loseContexts(contexts);
  await expect(engine.process(canvas, undefined)).rejects.toEqual(code('device-lost'));
  expect(() => engine.hide(64, 36)).toThrow(code('device-lost'));
  await pause();
  expect(engine.lostReason()).toMatch(/./);
  await expect(engine.process(canvas, undefined)).rejects.toEqual(code('device-lost'));
  engine.destroy();
  engine.free();
  const next = await createEngine('webgl');
  (await next.process(canvas, undefined)).image.close();
  next.destroy();
  next.free();
  expect(contexts.map((context) => context.isContextLost())).toEqual([true, true]);
});
