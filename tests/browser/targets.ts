import type { LaunchOptions } from 'puppeteer-core';
import { chromium } from './chromium.ts';

/** Makes WebGPU of a software Vulkan driver, where Firefox has it on no Linux by itself. */
const firefoxWebGpu = { 'dom.webgpu.enabled': true, 'gfx.webgpu.ignore-blocklist': true };
/** Without a display that a driver is found on there is no WebGL, whatever is allowed. */
const firefoxWebGl = { 'webgl.force-enabled': true };

const webGpuArgs = [
  '--enable-unsafe-webgpu',
  '--use-webgpu-adapter=swiftshader',
  '--use-vulkan=swiftshader',
  '--enable-features=Vulkan',
];

/** How Puppeteer starts each browser, by the browser's name and its GPU. */
export const targets = {
  chromium: () => chromiumWith(chromium.args),
  /** There is a `navigator.gpu`, which finds no adapter; WebGL is a software one. */
  'chromium-webgl': () => chromiumWith(chromium.args.filter((arg) => !webGpuArgs.includes(arg))),
  firefox: () => firefoxWith(firefoxWebGl),
  'firefox-webgpu': () => firefoxWith({ ...firefoxWebGl, ...firefoxWebGpu }),
  /** Neither WebGPU nor WebGL. */
  'firefox-cpu': () => firefoxWith({ 'webgl.disabled': true }),
} satisfies Record<string, () => LaunchOptions>;

/** A browser that Puppeteer starts, and its GPU. */
export type Target = keyof typeof targets;

export const firefoxPath = () => process.env.FIREFOX_PATH ?? '/usr/bin/firefox-esr';

function chromiumWith(args: string[]): LaunchOptions {
  // Where software stands for the GPU, a call has its frames only if canvases and pages are put together without it.
  const inMemory = ['--disable-gpu-compositing', '--disable-accelerated-2d-canvas'];
  // What is held can only be told once garbage was collected.
  const collectable = '--js-flags=--expose-gc';
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
