import { existsSync } from 'node:fs';

const film = process.env.CYCLORAMA_CAMERA;

/** How a test starts Chromium: with WebGPU on a software adapter that gives the same pictures everywhere. */
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
    // Without these three a VideoFrame cannot be imported and a WebGPU canvas loses its device.
    '--use-angle=swiftshader',
    '--use-vulkan=swiftshader',
    '--enable-features=Vulkan',
    '--use-fake-ui-for-media-stream',
    '--use-fake-device-for-media-stream',
    // Where no film was prepared Chromium plays its own test picture.
    ...(film && existsSync(film) ? [`--use-file-for-fake-video-capture=${film}`] : []),
  ],
};

const webGpuArgs = ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader'];

/**
 * The same without an adapter for WebGPU, for tests that are not about it: an engine on the CPU is ready sooner than one on a
 * software GPU.
 */
export const chromiumWithoutWebGpu = {
  ...chromium,
  args: chromium.args.filter((arg) => !webGpuArgs.includes(arg)),
};
