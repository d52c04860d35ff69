import wasmUrl from '../../../ts/wasm/cyclorama_webgl_bg.wasm?url';

let webgl: Promise<typeof import('../../../ts/wasm/cyclorama_webgl.js')> | undefined;

/** The module for browsers without WebGPU, which a page or worker loads once. */
export function loadWebgl() {
  webgl ??= import('../../../ts/wasm/cyclorama_webgl.js').then(async (glue) => {
    await glue.default({ module_or_path: fetch(wasmUrl) });
    return glue;
  });
  return webgl;
}
