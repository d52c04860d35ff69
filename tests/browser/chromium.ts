import { existsSync } from 'node:fs';

const film = process.env.CYCLORAMA_CAMERA;

/** How a test starts Chromium: with WebGPU on a software adapter, which renders the same images everywhere. */
export const chromium = {
  executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
  args: [
    '--no-sandbox',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    '--enable-unsafe-webgpu',
    '--use-webgpu-adapter=swiftshader',
    // Without these three, a VideoFrame cannot be imported and a WebGPU canvas loses its device.
    '--use-angle=swiftshader',
    '--use-vulkan=swiftshader',
    '--enable-features=Vulkan',
    '--use-fake-ui-for-media-stream',
    '--use-fake-device-for-media-stream',
    // If no video was prepared, Chromium plays its own test pattern.
    ...(film && existsSync(film) ? [`--use-file-for-fake-video-capture=${film}`] : []),
  ],
};

const webGpuArgs = ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader'];

/**
 * Chromium without a WebGPU adapter, for tests that are not about WebGPU: an engine on the CPU is ready sooner than one
 * on a software GPU.
 */
export const chromiumWithoutWebGpu = {
  ...chromium,
  args: chromium.args.filter((arg) => !webGpuArgs.includes(arg)),
};
