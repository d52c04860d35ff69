/** Other windows' objects, strict policies, and colors as browsers parse them. */
import { afterEach, describe, expect, test } from 'vitest';
import clipUrl from '../../../../demo-chime/public/clip.webm?url';
import backgroundUrl from '../../../../ts/src/page/load-effect.ts?url';
import assetsUrl from '../../../../ts/src/shared/assets.ts?url';
import { parseColor } from '../../../../ts/src/shared/color.js';
import * as objects from '../../../../ts/src/shared/platform-objects.js';
import astronautUrl from '../../../data/astronaut.png?url';

type Realm = Window & typeof globalThis;

let iframe: HTMLIFrameElement | undefined;

afterEach(() => {
  iframe?.remove();
  iframe = undefined;
});

/** Another window of this origin, with a policy. */
async function open(policy = ''): Promise<Realm> {
  iframe = document.createElement('iframe');
  iframe.srcdoc = `<!doctype html><meta http-equiv="Content-Security-Policy" content="${policy}">`;
  const loaded = new Promise((resolve) => iframe?.addEventListener('load', resolve, { once: true }));
  document.body.append(iframe);
  await loaded;
  return iframe.contentWindow as Realm;
}

async function fetchBlob(url: string): Promise<Blob> {
  return (await fetch(url)).blob();
}

function toDataUrl(blob: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(blob);
  });
}

test('objects of another window are recognized by their type', async () => {
  const realm = await open();
  const canvas = realm.document.createElement('canvas');
  canvas.getContext('2d');
  const [track] = canvas.captureStream().getVideoTracks();
  const frame = new realm.VideoFrame(canvas, { timestamp: 0 });
  const made: [string, (value: unknown) => boolean, unknown][] = [
    ['AbortSignal', objects.isAbortSignal, new realm.AbortController().signal],
    ['ArrayBuffer', objects.isArrayBuffer, new realm.ArrayBuffer(1)],
    ['Blob', objects.isBlob, new realm.Blob(['a'])],
    ['HTMLCanvasElement', objects.isCanvas, canvas],
    ['HTMLImageElement', objects.isImageElement, new realm.Image()],
    ['HTMLVideoElement', objects.isVideoElement, realm.document.createElement('video')],
    ['ImageBitmap', objects.isImageBitmap, await realm.createImageBitmap(canvas)],
    ['ImageData', objects.isImageData, new realm.ImageData(1, 1)],
    ['MediaStream', objects.isMediaStream, new realm.MediaStream()],
    ['MediaStreamTrack', objects.isMediaStreamTrack, track],
    ['OffscreenCanvas', objects.isOffscreenCanvas, new realm.OffscreenCanvas(1, 1)],
    ['URL', objects.isUrl, new realm.URL(location.href)],
    ['VideoFrame', objects.isVideoFrame, frame],
  ];
  for (const [name, is, value] of made) {
    const type = Reflect.get(globalThis, name);
    // In this window, `instanceof` fails for them.
    expect([name, value instanceof type, is(value)]).toEqual([name, false, true]);
    for (const other of [Object.create(type.prototype), new Proxy(value as object, {}), {}, null]) {
      expect([name, is(other)]).toEqual([name, false]);
    }
    for (const [otherName, , otherValue] of made) {
      if (otherName !== name) expect([name, otherName, is(otherValue)]).toEqual([name, otherName, false]);
    }
  }
  frame.close();
  track?.stop();
});

describe('under a policy against requests', () => {
  const POLICY = 'connect-src ws: wss:; img-src blob:; media-src blob:';

  /** The result of a script in the window. */
  async function run(realm: Realm, script: string, given: object): Promise<unknown> {
    Object.assign(realm, { given });
    return new Promise((resolve) => {
      Object.assign(realm, { answer: resolve });
      const element = realm.document.createElement('script');
      element.type = 'module';
      element.textContent = `
        import { loadEffect, release } from '${backgroundUrl}';
        import { loadModel } from '${assetsUrl}';
        const shown = async (effect) => {
          try {
            const loaded = await loadEffect(effect, undefined);
            release(loaded);
            return loaded.background.kind;
          } catch ({ code, message }) {
            return { code, message };
          }
        };
        const { given } = window;
        answer(await (async () => { ${script} })());`;
      realm.document.body.append(element);
    });
  }

  test('images and videos from data: and blob: URLs are shown', async () => {
    const [image, clip] = [await fetchBlob(astronautUrl), await fetchBlob(clipUrl)];
    const realm = await open(POLICY);
    const sources = {
      image: [await toDataUrl(image), realm.URL.createObjectURL(image), image],
      video: [await toDataUrl(clip), realm.URL.createObjectURL(clip), clip],
    };
    const script = `
      const found = [];
      for (const kind of ['image', 'video'])
        for (const source of given[kind]) found.push(await shown({ kind, source }));
      return found;`;
    expect(await run(realm, script, sources)).toEqual(['image', 'image', 'image', 'video', 'video', 'video']);
  });

  test('errors of invalid, revoked and unavailable sources name the fix', async () => {
    const realm = await open(POLICY);
    const revoked = realm.URL.createObjectURL(await fetchBlob(astronautUrl));
    realm.URL.revokeObjectURL(revoked);
    const text = realm.URL.createObjectURL(new Blob(['no image']));
    const script = `
      const model = (url) => loadModel(new URL(url), undefined, undefined)
        .then((bytes) => bytes.length, ({ code, message }) => ({ code, message }));
      return [
        await shown({ kind: 'image', source: given.revoked }),
        await shown({ kind: 'image', source: given.text }),
        await shown({ kind: 'video', source: given.text }),
        await shown({ kind: 'image', source: '/a.png' }),
        await shown({ kind: 'image', source: 'data:image/png;base64,' + 'A'.repeat(2 ** 20) }),
        await model(given.text),
        await model('data:application/octet-stream;base64,VEZMMw=='),
      ];`;
    const found = (await run(realm, script, { revoked, text })) as { code: string; message: string }[];
    expect(found).toEqual([
      { code: 'effect', message: expect.stringContaining('was revoked') },
      { code: 'effect', message: expect.stringContaining('img-src') },
      { code: 'effect', message: expect.stringContaining('media-src') },
      { code: 'asset', message: expect.stringContaining('connect-src') },
      { code: 'effect', message: expect.stringContaining('is not an image') },
      { code: 'asset', message: expect.stringContaining('pass the Blob or its bytes instead') },
      4,
    ]);
    for (const { message } of found.slice(0, -1)) expect(message.length).toBeLessThan(400);
  });
});

describe('colors of CSS', () => {
  test.each([
    ['seagreen', [46, 139, 87]],
    ['RebeccaPurple', [102, 51, 153]],
    ['rgb(1, 2, 3)', [1, 2, 3]],
    ['rgb(255 0 0 / 50%)', [128, 0, 0]],
    ['rgba(0, 0, 255, 0.5)', [0, 0, 128]],
    ['hsl(120 100% 50%)', [0, 255, 0]],
    ['color(srgb 1 0.5 0)', [255, 128, 0]],
    ['oklch(0.628 0.2577 29.23)', [255, 0, 0]],
    ['transparent', [0, 0, 0]],
    ['color-mix(in srgb, red, blue)', [128, 0, 128]],
  ])('%s', (color, expected) => {
    const found = parseColor(color);
    expect(found).toHaveLength(3);
    for (const [index, part] of (found ?? []).entries()) {
      expect(Math.abs(part - (expected[index] ?? Number.NaN))).toBeLessThanOrEqual(2);
    }
  });

  test.each([
    'no color',
    'rgb(1)',
    'inherit',
    'initial',
    'currentcolor',
    'var(--brand)',
    'Canvas',
    'light-dark(red, blue)',
    '#12345',
    'url(#a)',
  ])('%s is no color', (color) => {
    expect(parseColor(color)).toBeUndefined();
  });

  test('the last color is not blended with the previous one', () => {
    expect(parseColor('rgb(255 255 255 / 99%)')).not.toEqual([0, 0, 0]);
    expect(parseColor('rgb(0 0 0 / 1%)')).toEqual([0, 0, 0]);
  });
});
