import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { runInNewContext } from 'node:vm';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  assertModelIsHosted,
  checkModel,
  copyModel,
  loadModel,
  loadWasmModule,
  MODEL_NAMES,
  type Model,
} from '../../src/shared/assets.js';
import { CycloramaError } from '../../src/shared/errors.js';
import { checkIntegrity, isIntegrity } from '../../src/shared/integrity.js';
import { models, wasm } from '../../wasm/digests.js';

const bytes = new TextEncoder().encode('what was expected');
const other = new TextEncoder().encode('what was found');
const here = new URL('https://example.com/models/ours.tflite');

function digest(data: Uint8Array, hash: 'sha256' | 'sha384' | 'sha512' = 'sha256'): string {
  return `${hash}-${createHash(hash).update(data).digest('base64')}`;
}

afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

/** Replaces `fetch` with responses of these bodies in order, and returns its requests. */
function serve(bodies: Uint8Array[], type = 'application/octet-stream') {
  const requests: { url: string; cache: RequestCache | undefined; integrity: string | undefined }[] = [];
  vi.stubGlobal('fetch', async (url: URL, { cache, integrity }: RequestInit) => {
    requests.push({ url: String(url), cache, integrity });
    return new Response(new Uint8Array(bodies[requests.length - 1] ?? []), {
      headers: { 'content-type': type },
    });
  });
  return requests;
}

describe('digests', () => {
  test.each(['sha256', 'sha384', 'sha512'] as const)('a file is verified against its %s', async (hash) => {
    await checkIntegrity(bytes.buffer, digest(bytes, hash), 'the model', here);
    await expect(checkIntegrity(other.buffer, digest(bytes, hash), 'the model', here)).rejects.toMatchObject({
      code: 'integrity',
      message: expect.stringContaining(`found ${digest(other, hash)}, expected ${digest(bytes, hash)}`),
    });
  });

  test('one matching digest of the strongest hash is enough', async () => {
    await checkIntegrity(bytes.buffer, `${digest(other)} ${digest(bytes)}`, 'the model', here);
    const weaker = `${digest(bytes)}\n${digest(other, 'sha384')}`;
    await expect(checkIntegrity(bytes.buffer, weaker, 'the model', here)).rejects.toMatchObject({
      code: 'integrity',
    });
  });

  test.each([
    '',
    'sha256-',
    'sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk=',
    `sha256-${btoa('short')}`,
    'sha256-%%%',
    digest(bytes).replace('=', ''),
    7,
    undefined,
  ])('%j is not a valid integrity value', (value) => expect(isIntegrity(value)).toBe(false));
});

describe('a model', () => {
  test.each<Model>([
    { url: '/models/ours.tflite', integrity: digest(bytes) },
    { url: here, integrity: `${digest(bytes, 'sha512')}?later ${digest(bytes)}` },
  ])('may have a digest', (model) => {
    expect(checkModel(model)).toMatchObject({ url: expect.stringMatching(/ours\.tflite$/) });
  });

  test.each([
    [{ url: here, integrity: 'sha256-abc' }, 'model.integrity'],
    [{ url: here }, 'model.integrity'],
    [{ integrity: digest(bytes) }, 'model.url'],
    [{ url: 7, integrity: digest(bytes) }, 'model.url'],
    [null, 'model'],
  ])('is rejected when its digest or URL is invalid: %j', (model, option) => {
    expect(() => checkModel(model as unknown as Model)).toThrow(
      expect.objectContaining({ code: 'option', message: expect.stringMatching(`^${option} is `) }),
    );
  });

  test.each(MODEL_NAMES)('%s loads by name, with a verified digest', async (name) => {
    const file = await readFile(new URL(`../../../models/${name}.tflite`, import.meta.url));
    expect(models[name]).toBe(digest(file));
    serve([file, other, other]);
    const base = new URL('https://example.com/');
    expect(Buffer.from(await loadModel(name, base, undefined)).equals(file)).toBe(true);
    await expect(loadModel(name, base, undefined)).rejects.toMatchObject({
      code: 'integrity',
      message: expect.stringContaining(`https://example.com/models/${name}.tflite`),
    });
  });

  test.each([
    ['landscape', 'selfie_segmentation_landscape'],
    ['general', 'selfie_segmentation'],
    ['meet-full', 'segm_full_v679'],
    ['meet-lite', 'segm_lite_v681'],
    ['meet-lite-2021', 'segm_lite_v509'],
  ] as const)('%s is an alias of %s', async (alias, name) => {
    expect(checkModel(alias)).toBe(name);
    const requests = serve([other, other]);
    await expect(loadModel(alias, new URL('https://example.com/'), undefined)).rejects.toMatchObject({
      code: 'integrity',
    });
    expect(requests[0]?.url).toBe(`https://example.com/models/${name}.tflite`);
  });

  test('that the package does not include is rejected before anything is fetched', async () => {
    const requests = serve([]);
    for (const name of ['meet-full', 'segm_lite_v509'] as const) {
      const error = {
        code: 'asset',
        message: expect.stringContaining('set assetBase to a directory with models/segm_'),
      };
      expect(() => assertModelIsHosted(name, undefined)).toThrow(expect.objectContaining(error));
      await expect(loadModel(name, undefined, undefined)).rejects.toMatchObject(error);
      assertModelIsHosted(name, new URL('https://example.com/'));
    }
    for (const model of ['general', here, bytes.buffer] as Model[]) assertModelIsHosted(model, undefined);
    expect(requests).toEqual([]);
  });

  test('is copied by `checkModel`', async () => {
    const given = bytes.slice().buffer;
    const kept = checkModel(given);
    structuredClone(given, { transfer: [given] });
    expect(await loadModel(kept, undefined, undefined)).toEqual(bytes);
    const url = new URL(here);
    const text = checkModel(url);
    const file = checkModel({ url, integrity: digest(bytes) });
    url.href = 'https://example.com/other';
    expect(String(text)).toBe(here.href);
    expect(file).toEqual({ url: here.href, integrity: digest(bytes) });
    expect(copyModel(kept)).not.toBe(kept);
    expect(copyModel(kept)).toEqual(kept);
  });

  test('that was transferred or is empty is rejected', () => {
    const given = bytes.slice().buffer;
    structuredClone(given, { transfer: [given] });
    for (const empty of [given, new ArrayBuffer(0)]) {
      expect(() => checkModel(empty)).toThrow(
        expect.objectContaining({
          code: 'model',
          message: expect.stringMatching(/^model is .*transferred/),
        }),
      );
    }
  });

  test('of another window is accepted, and an imitation is rejected', () => {
    const foreign: ArrayBuffer = runInNewContext('new Uint8Array([1, 2]).buffer');
    expect(new Uint8Array(checkModel(foreign) as ArrayBuffer)).toEqual(Uint8Array.of(1, 2));
    for (const fake of [Object.create(ArrayBuffer.prototype), Object.create(URL.prototype)]) {
      expect(() => checkModel(fake)).toThrow(expect.objectContaining({ code: 'option' }));
    }
  });

  test('is aborted by the signal while its server does not answer', async () => {
    vi.stubGlobal('fetch', () => new Promise(() => {}));
    const abort = new AbortController();
    const loading = [
      loadModel(here, undefined, abort.signal),
      loadWasmModule('webgl', undefined, abort.signal),
    ];
    abort.abort(new Error('enough'));
    for (const call of loading) await expect(call).rejects.toThrow('enough');
  });

  test('has only the start of its long URL in errors', async () => {
    const long = new URL(`data:application/octet-stream;base64,${'A'.repeat(2 ** 20)}`);
    const error = await loadModel({ url: long, integrity: digest(bytes) }, undefined, undefined).catch(
      (cause) => cause,
    );
    expect(error).toMatchObject({ code: 'integrity' });
    expect(error.message.length).toBeLessThan(500);
  });

  test('is fetched again without the cache when its digest does not match', async () => {
    const requests = serve([other, bytes]);
    const model = { url: here, integrity: digest(bytes) };
    expect(await loadModel(model, undefined, undefined)).toEqual(bytes);
    expect(requests.map(({ cache }) => cache)).toEqual(['default', 'reload']);
  });

  test('with a URL and no digest is not verified', async () => {
    const requests = serve([other]);
    expect(await loadModel(here, undefined, undefined)).toEqual(other);
    expect(requests).toHaveLength(1);
  });

  test('is verified by the browser when the page has no crypto', async () => {
    vi.stubGlobal('crypto', {});
    const requests = serve([bytes]);
    const integrity = digest(bytes);
    await loadModel({ url: here, integrity }, undefined, undefined);
    expect(requests.map((request) => request.integrity)).toEqual([integrity]);
  });
});

describe('a wasm module', () => {
  const base = new URL('https://example.com/vendor/');

  test.each([
    ['webgpu', 'cyclorama_web_bg.wasm'],
    ['webgl', 'cyclorama_webgl_bg.wasm'],
    ['cpu', 'cyclorama_cpu_bg.wasm'],
  ] as const)('for %s has the digest of this version, with any content type', async (backend, name) => {
    const file = await readFile(new URL(`../../wasm/${name}`, import.meta.url));
    expect(wasm[backend]).toBe(digest(file));
    vi.spyOn(WebAssembly, 'validate').mockReturnValue(false);
    for (const type of ['application/wasm', 'application/octet-stream']) {
      const requests = serve([file], type);
      expect(await loadWasmModule(backend, base)).toBeInstanceOf(WebAssembly.Module);
      expect(requests.map(({ url }) => url)).toEqual([`https://example.com/vendor/wasm/${name}`]);
    }
  });

  describe('for cpu in relaxed SIMD', () => {
    const url = 'https://example.com/vendor/wasm/cyclorama_cpu_relaxed_bg.wasm';
    const read = (name: string) => readFile(new URL(`../../wasm/${name}`, import.meta.url));

    beforeEach(() => {
      vi.spyOn(WebAssembly, 'validate').mockReturnValue(true);
    });

    test('is loaded where the browser supports it, and alone', async () => {
      // Node.js 20 cannot compile it.
      const compiled = new WebAssembly.Module(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0));
      vi.spyOn(WebAssembly, 'compileStreaming').mockResolvedValue(compiled);
      const requests = serve([await read('cyclorama_cpu_relaxed_bg.wasm')], 'application/wasm');
      expect(await loadWasmModule('cpu', base)).toBe(compiled);
      expect(requests.map((request) => request.url)).toEqual([url]);
    });

    test('is replaced by the other one if the server does not have it', async () => {
      const plain = await read('cyclorama_cpu_bg.wasm');
      const requests: string[] = [];
      vi.stubGlobal('fetch', async (requested: URL) => {
        requests.push(requested.href);
        return requested.href === url
          ? new Response(null, { status: 404 })
          : new Response(Uint8Array.from(plain));
      });
      expect(await loadWasmModule('cpu', base)).toBeInstanceOf(WebAssembly.Module);
      expect(requests).toEqual([url, url.replace('_relaxed', '')]);
    });

    test('is rejected if it is of another version', async () => {
      const requests = serve([other, other]);
      await expect(loadWasmModule('cpu', base)).rejects.toMatchObject({ code: 'integrity' });
      expect(requests.map((request) => request.url)).toEqual([url, url]);
    });

    test('is aborted by the signal', async () => {
      const abort = new AbortController();
      const requests: string[] = [];
      vi.stubGlobal('fetch', (requested: URL) => {
        requests.push(requested.href);
        return new Promise(() => {});
      });
      const loading = loadWasmModule('cpu', base, abort.signal);
      abort.abort(new CycloramaError('asset', 'enough'));
      await expect(loading).rejects.toThrow('enough');
      expect(requests).toEqual([url]);
    });
  });

  test('of another version is rejected, even if it compiles', async () => {
    const empty = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);
    expect(WebAssembly.validate(empty)).toBe(true);
    serve([empty, empty], 'application/wasm');
    await expect(loadWasmModule('webgpu', base)).rejects.toMatchObject({
      code: 'integrity',
      message: expect.stringMatching(
        /checksum mismatch of the WebAssembly module at https:.* found sha256-.* expected sha256-/,
      ),
    });
  });
});
