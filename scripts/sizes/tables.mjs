/** Renders the sizes as Markdown tables. */
import { total } from './measure.mjs';

/** The tables of the result of `measure`, in kilobytes of 1000 bytes. */
export function tables({ backends, plainCpu, subpaths, onPage, tarball }) {
  const { webgpu, webgl, cpu } = backends;
  const cells = (size) => `${kilobytes(size.brotli)} | ${kilobytes(size.raw)}`;
  const row = (title, ...sizes) => `| ${title} | ${sizes.map(cells).join(' | ')} |`;
  return [
    '| Download of a page, kB | WebGPU, brotli | raw | WebGL2, brotli | raw | CPU, brotli | raw |',
    '|---|---|---|---|---|---|---|',
    ...Object.keys(webgpu).map((part) => row(part, webgpu[part], webgl[part], cpu[part])),
    row('**all**', total(webgpu), total(webgl), total(cpu)),
    '',
    `The wasm module for the CPU is in relaxed SIMD. Browsers without it download another one: ${kilobytes(plainCpu.brotli)} kB with brotli, ${kilobytes(plainCpu.raw)} kB raw.`,
    '',
    '| Page script, kB | brotli | raw |',
    '|---|---|---|',
    ...Object.entries(subpaths).map(([name, size]) => `| \`${name}\` | ${cells(size)} |`),
    '',
    `With \`worker: false\`, a page also downloads the worker's code: ${kilobytes(onPage.brotli)} kB with brotli, ${kilobytes(onPage.raw)} kB raw.`,
    '',
    `The tarball has ${kilobytes(tarball.packed)} kB, unpacked ${kilobytes(tarball.unpacked)} kB.`,
  ].join('\n');
}

function kilobytes(bytes) {
  const value = bytes / 1000;
  return value < 10 ? value.toFixed(1) : value.toFixed(0);
}
