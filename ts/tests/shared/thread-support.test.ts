import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  type BackendChoice,
  findTextureLimit,
  findThreadSupport,
  MAX_IMAGE_SIDE,
} from '../../src/shared/thread-support.js';

interface Adapter {
  readonly info?: Partial<GPUAdapterInfo>;
}

const GPU: Adapter = { info: { vendor: 'nvidia', architecture: 'ampere', isFallbackAdapter: false } };
const SWIFTSHADER =
  'ANGLE (Google, Vulkan 1.3.0 (SwiftShader Device (Subzero) (0x0000C0DE)), SwiftShader driver)';
const GEFORCE = 'ANGLE (NVIDIA, NVIDIA GeForce RTX 3060 (0x00002503) Direct3D11 vs_5_0 ps_5_0, D3D11)';

/** Contexts that were not released. */
let openContexts: number;
/** Whether the browser refuses contexts with `failIfMajorPerformanceCaveat`. */
let hasCaveat: boolean;

beforeEach(() => {
  [openContexts, hasCaveat] = [0, false];
  vi.stubGlobal('VideoFrame', class {});
});
afterEach(() => vi.unstubAllGlobals());

/** Replaces the browser's GPU interfaces. `null` stands for an interface without a GPU, `undefined` for none. */
function stubGpus(adapter: Adapter | null | undefined, renderer: string | null, unmasked?: string): void {
  vi.stubGlobal('navigator', {
    gpu: adapter === undefined ? undefined : { requestAdapter: async () => adapter },
  });
  const getExtension = (name: string) => {
    if (name === 'WEBGL_debug_renderer_info') return unmasked && { UNMASKED_RENDERER_WEBGL: 2 };
    const loseContext = () => {
      openContexts -= 1;
    };
    return name === 'WEBGL_lose_context' ? { loseContext } : {};
  };
  const getContext = (_: 'webgl2', { failIfMajorPerformanceCaveat = false } = {}) => {
    if (renderer === null || (hasCaveat && failIfMajorPerformanceCaveat)) return null;
    openContexts += 1;
    return { RENDERER: 1, getExtension, getParameter: (key: number) => (key === 1 ? renderer : unmasked) };
  };
  vi.stubGlobal(
    'OffscreenCanvas',
    class {
      getContext = getContext;
    },
  );
}

async function backends(choice: BackendChoice = 'auto') {
  const { backends } = await findThreadSupport(choice);
  expect(openContexts).toBe(0);
  return backends;
}

describe('`auto`', () => {
  test('prefers WebGPU to WebGL2 to the CPU, on a GPU', async () => {
    stubGpus(GPU, GEFORCE);
    expect(await findThreadSupport('auto')).toMatchObject({
      backends: ['webgpu', 'webgl', 'cpu'],
      missing: [],
    });
    stubGpus(undefined, GEFORCE);
    expect(await backends()).toEqual(['webgl', 'cpu']);
    stubGpus(null, null);
    expect(await backends()).toEqual(['cpu']);
  });

  test.each<Adapter>([
    { info: { vendor: 'google', architecture: 'swiftshader', isFallbackAdapter: true } },
    { info: { vendor: 'google', architecture: 'swiftshader', description: 'SwiftShader Device (Subzero)' } },
    { info: { description: 'llvmpipe (LLVM 19.1.7, 256 bits)' } },
    { info: { vendor: 'microsoft', architecture: 'warp' } },
    { info: { isFallbackAdapter: true } },
  ])('uses no emulated WebGPU adapter: %j', async (adapter) => {
    stubGpus(adapter, GEFORCE);
    expect(await backends()).toEqual(['webgl', 'cpu']);
  });

  test('accepts WebGPU adapters without a name', async () => {
    for (const adapter of [{}, { info: {} }, { info: { vendor: '', description: '' } }]) {
      stubGpus(adapter, null);
      expect(await backends()).toEqual(['webgpu', 'cpu']);
    }
  });

  test.each([
    [SWIFTSHADER, undefined],
    ['WebKit WebGL', SWIFTSHADER],
    ['llvmpipe, or similar', undefined],
    ['ANGLE (Microsoft, Microsoft Basic Render Driver Direct3D11 vs_5_0 ps_5_0)', undefined],
    ['Apple Software Renderer', undefined],
    ['GDI Generic', undefined],
  ])('uses no emulated WebGL2: %s', async (renderer, unmasked) => {
    stubGpus(undefined, renderer, unmasked);
    expect(await backends()).toEqual(['cpu']);
  });

  test('uses no WebGL2 with a major performance caveat, whatever its name', async () => {
    hasCaveat = true;
    stubGpus(undefined, 'WebKit WebGL', 'Apple GPU');
    expect(await backends()).toEqual(['cpu']);
    const { missing } = await findThreadSupport('auto');
    expect(missing).toContain(
      'a GPU for WebGL2, which the browser emulates on the CPU (major performance caveat)',
    );
  });

  test('names the software that emulates a GPU', async () => {
    stubGpus({ info: { vendor: 'google', architecture: 'swiftshader' } }, SWIFTSHADER);
    const { missing } = await findThreadSupport('auto');
    expect(missing).toEqual([
      'a GPU for WebGPU, which the browser emulates on the CPU (google swiftshader)',
      `a GPU for WebGL2, which the browser emulates on the CPU (${SWIFTSHADER})`,
    ]);
  });
});

test('a choice by name allows an emulated GPU', async () => {
  hasCaveat = true;
  stubGpus({ info: { isFallbackAdapter: true } }, SWIFTSHADER);
  for (const choice of ['webgpu', 'webgl', 'cpu'] as const) expect(await backends(choice)).toEqual([choice]);
});

test('the CPU needs WebAssembly SIMD and `VideoFrame`', async () => {
  stubGpus(undefined, null);
  expect(await findThreadSupport('cpu')).toMatchObject({ backends: ['cpu'], missing: [] });
  vi.stubGlobal('WebAssembly', { validate: () => false });
  expect(await findThreadSupport('cpu')).toMatchObject({ backends: [], missing: ['WebAssembly SIMD'] });
  vi.stubGlobal('VideoFrame', undefined);
  expect(await findThreadSupport('cpu')).toMatchObject({ backends: [], missing: ['VideoFrame (WebCodecs)'] });
});

test('no GPU limits the images of the CPU', async () => {
  stubGpus(null, null);
  expect(await findTextureLimit('cpu')).toBe(MAX_IMAGE_SIDE);
});
