import type { LaunchOptions } from 'puppeteer-core';
import { withoutWrapper } from '../../scripts/setup/browser.mjs';
import { chromium } from './chromium.ts';

/** Runs WebGPU on a software Vulkan driver. Firefox enables WebGPU on no Linux by default. */
const firefoxWebGpu = { 'dom.webgpu.enabled': true, 'gfx.webgpu.ignore-blocklist': true };
/** WebGL also needs a display through which Firefox finds a driver. */
const firefoxWebGl = { 'webgl.force-enabled': true };

const webGpuArgs = [
  '--enable-unsafe-webgpu',
  '--use-webgpu-adapter=swiftshader',
  '--use-vulkan=swiftshader',
  '--enable-features=Vulkan',
];

/** The flags of the software GPU: those for WebGPU, and the one for WebGL. */
const gpuArgs = [...webGpuArgs, '--use-angle=swiftshader'];
/** Memory can be measured only after a garbage collection. */
const collectable = '--js-flags=--expose-gc';

/** How Puppeteer starts each browser, by the browser's name and its GPU. */
export const targets = {
  chromium: () => chromiumWith(chromium.args),
  /** `navigator.gpu` exists but finds no adapter. WebGL runs in software. */
  'chromium-webgl': () => chromiumWith(chromium.args.filter((arg) => !webGpuArgs.includes(arg))),
  /**
   * Without GPU flags, as users start it: no WebGPU adapter, WebGL in software, pages and 2D canvases in memory. All figures "without a
   * GPU" are measured in this browser.
   */
  'chromium-without-gpu': () => ({
    browser: 'chrome',
    executablePath: withoutWrapper(chromium.executablePath),
    args: [...chromium.args.filter((arg) => !gpuArgs.includes(arg)), collectable],
  }),
  /** Neither WebGPU nor WebGL: the software renderer is off too. */
  'chromium-cpu': () => ({
    browser: 'chrome',
    executablePath: chromium.executablePath,
    args: [
      ...chromium.args.filter((arg) => !gpuArgs.includes(arg)),
      '--disable-gpu',
      '--disable-software-rasterizer',
      collectable,
    ],
  }),
  firefox: () => firefoxWith(firefoxWebGl),
  'firefox-webgpu': () => firefoxWith({ ...firefoxWebGl, ...firefoxWebGpu }),
  /** Neither WebGPU nor WebGL. */
  'firefox-cpu': () => firefoxWith({ 'webgl.disabled': true }),
} satisfies Record<string, () => LaunchOptions>;

/** A browser that Puppeteer starts, and its GPU. */
export type Target = keyof typeof targets;

export const firefoxPath = () => process.env.FIREFOX_PATH ?? '/usr/bin/firefox-esr';

function chromiumWith(args: string[]): LaunchOptions {
  // With a software GPU, a call keeps its frame rate only if canvases and pages are composited without it.
  const inMemory = ['--disable-gpu-compositing', '--disable-accelerated-2d-canvas'];
  return {
    browser: 'chrome',
    executablePath: chromium.executablePath,
    args: [...args, ...inMemory, collectable],
  };
}

function firefoxWith(extraPrefsFirefox: Record<string, unknown>): LaunchOptions {
  return {
    browser: 'firefox',
    executablePath: firefoxPath(),
    extraPrefsFirefox: {
      'media.navigator.streams.fake': true,
      'media.navigator.permission.disabled': true,
      ...extraPrefsFirefox,
    },
  };
}
