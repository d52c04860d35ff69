/** Bugs that were reported for other software, and the correct behavior: see the table in docs/internals/promises.md. */
import { afterEach, expect, test, vi } from 'vitest';
import clipUrl from '../../../../demo-chime/public/clip.webm?url';
import modelUrl from '../../../../ts/models/selfie_segmentation_landscape.tflite?url';
import { type Effect, VirtualBackground, type VirtualBackgroundOptions } from '../../../../ts/src/index.js';
import { describeOnAllBackends } from '../../matrix.js';
import { countWorkers } from '../helpers/camera.js';
import { expectFramesAsDrawn, expectImagesAsDrawn } from '../helpers/drawn.js';
import { readPixels } from '../helpers/pixels.js';
import { paintScene } from '../helpers/scene.js';

const BLUE = { kind: 'color', color: '#2040c0' } as const;

let background: VirtualBackground | undefined;

afterEach(async () => {
  vi.restoreAllMocks();
  await background?.destroy();
  background = undefined;
});

async function open(options: VirtualBackgroundOptions = {}): Promise<VirtualBackground> {
  background = await VirtualBackground.create({ backend: 'cpu', worker: false, effect: BLUE, ...options });
  return background;
}

/** Makes the SDK's own timeouts a hundred times shorter. */
function hurry(): void {
  const { timeout } = AbortSignal;
  vi.spyOn(AbortSignal, 'timeout').mockImplementation((milliseconds) => timeout(milliseconds / 100));
}

test('a request for an adapter that is never answered ends at the caller’s timeout', async () => {
  const asked = vi.spyOn(GPU.prototype, 'requestAdapter').mockReturnValue(new Promise(() => {}));
  for (const options of [{ worker: false }, { backend: 'webgpu', worker: false }] as const) {
    const signal = AbortSignal.timeout(50);
    const cause = await VirtualBackground.create({ ...options, signal }).catch((cause: unknown) => cause);
    expect(cause, JSON.stringify(options)).toMatchObject({ name: 'TimeoutError' });
    expect(cause).toBe(signal.reason);
  }
  asked.mockClear();
  // The other backends need no adapter, and request none.
  for (const backend of ['webgl', 'cpu'] as const) {
    expect((await open({ backend })).backend).toBe(backend);
    await background?.destroy();
  }
  expect(asked).not.toHaveBeenCalled();
  hurry();
  const missing = [expect.stringMatching(/adapter: .* has not responded/), expect.stringContaining('WebGL2')];
  expect(await VirtualBackground.support({ worker: false })).toMatchObject({ backend: 'cpu', missing });
  expect(await VirtualBackground.isSupported({ worker: false })).toBe(true);
  expect((await open({ backend: 'auto', worker: false })).backend).toBe('cpu');
  await expect(open({ backend: 'webgpu', worker: false })).rejects.toMatchObject({ code: 'unsupported' });
});

test('a model whose buffer the app transfers is kept unchanged', async () => {
  const bytes = () => fetch(modelUrl).then((response) => response.arrayBuffer());
  const workers = countWorkers();
  try {
    const model = await bytes();
    const creating = open({ model, worker: true });
    structuredClone(model, { transfer: [model] });
    const created = await creating;
    const next = await bytes();
    const changing = created.setModel(next);
    structuredClone(next, { transfer: [next] });
    expect(await changing).toBe(true);
    const recovered = new Promise((resolve) => created.addEventListener('recovered', resolve));
    workers.all.at(-1)?.terminate();
    await recovered;
    const { outcome, image } = await created.processFrame(await paintScene(320, 180));
    image.close();
    expect(outcome).toBe('processed');
    for (const gone of [new ArrayBuffer(0), next]) {
      await expect(created.setModel(gone)).rejects.toMatchObject({
        code: expect.stringMatching(/^(option|model)$/),
      });
    }
  } finally {
    workers.close();
  }
});

test('an app may change its option objects later without an effect on the background', async () => {
  const url = new URL(modelUrl, location.href);
  const position = { x: 0, y: 0 };
  const canvas = new OffscreenCanvas(640, 90);
  const context = canvas.getContext('2d');
  for (const [index, color] of ['#f00', '#00f'].entries()) {
    if (context) context.fillStyle = color;
    context?.fillRect(index * 320, 0, 320, 90);
  }
  const effect = { kind: 'image', source: await createImageBitmap(canvas), position, lightWrap: 0 } as const;
  const creating = open({ model: url, effect });
  url.pathname = '/no-such-file';
  position.x = 1;
  const { image, width, height } = await (await creating).processFrame(await paintScene(320, 180));
  expect([...readPixels(image, width, height).data.subarray(0, 3)]).toEqual([255, 0, 0]);
  image.close();
});

test('messages repeat only the beginning of a URL', async () => {
  const changed = await open();
  const long = 'A'.repeat(2 ** 20);
  const attempts: (() => Promise<unknown>)[] = [
    () => changed.setEffect({ kind: 'image', source: `data:image/png;base64,${long}` }),
    () => changed.setEffect({ kind: 'video', source: `data:video/webm;base64,${long}` }),
    () => changed.setEffect({ kind: 'image', source: `/${long.slice(0, 8000)}.png` }),
    () => changed.setEffect({ kind: 'image', source: `http://${long}` }),
    () => changed.setEffect({ kind: 'color', color: long }),
    () => changed.setEffect({ kind: long } as unknown as Effect),
    () => changed.setModel(new URL(`data:application/octet-stream;base64,${long}`)),
    () => changed.setModel(long as never),
  ];
  for (const attempt of attempts) {
    const cause = await attempt().catch((cause: unknown) => cause);
    expect(cause).toMatchObject({ name: 'CycloramaError' });
    expect(String(cause).length).toBeLessThan(400);
  }
});

test('images and videos load from data: and blob: URLs', async () => {
  const changed = await open();
  const camera = await paintScene(320, 180);
  const dataUrl = (await paintScene(64, 64)).toDataURL();
  const file = URL.createObjectURL(await (await fetch(dataUrl)).blob());
  const clip = URL.createObjectURL(await (await fetch(clipUrl)).blob());
  const fetching = vi.spyOn(window, 'fetch').mockRejectedValue(new TypeError('refused by the policy'));
  const images = [dataUrl, file, new URL(dataUrl), new URL(file)];
  for (const effect of [
    ...images.map((source) => ({ kind: 'image', source }) as const),
    { kind: 'video', source: clip } as const,
  ]) {
    expect(await changed.setEffect(effect), String(effect.source).slice(0, 10)).toBe(true);
    expect((await changed.processFrame(camera)).outcome).toBe('processed');
  }
  expect(fetching).not.toHaveBeenCalled();
  for (const url of [file, clip]) URL.revokeObjectURL(url);
});

test('wrong arguments reject with an error that names them', async () => {
  const changed = await open();
  const canvas = await paintScene(320, 180);
  const wrong = null as never;
  const calls: (() => Promise<unknown>)[] = [
    () => VirtualBackground.create(wrong),
    () => VirtualBackground.create('blur' as never),
    () => changed.processFrame(canvas, wrong),
    () => changed.processFrame(canvas, { frameRate: 'fast' } as never),
    () => changed.processTrack(wrong),
    () => changed.setEffect(wrong),
    () => changed.setEffect(BLUE, wrong),
    () => changed.setEffect(BLUE, { signal: {} } as never),
    () => changed.setModel(wrong),
    () => changed.setModel('general', wrong),
    () => changed.setMatting(wrong),
    () => changed.setMatting({}, wrong),
    () => changed.setQuality(wrong),
    () => changed.setQuality('high', wrong),
    () => changed.update(wrong),
    () => changed.update({}, wrong),
  ];
  for (const call of calls) {
    let pending: Promise<unknown> | undefined;
    expect(() => {
      pending = call();
    }, String(call)).not.toThrow();
    await expect(pending, String(call)).rejects.toMatchObject({ name: 'CycloramaError', code: 'option' });
  }
  expect((await changed.processFrame(canvas)).outcome).toBe('processed');
});

// On WebGPU, virtual-background.test.ts tests the same with its own background.
describeOnAllBackends((backend) => {
  test('frames and images look as they are drawn', async () => {
    const changed = await open({ backend, quality: 'high', temporalSmoothing: false });
    await expectFramesAsDrawn(changed);
    await expectImagesAsDrawn(changed);
  });
});
