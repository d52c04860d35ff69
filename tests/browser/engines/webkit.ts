/** WebKitGTK's MiniBrowser, with a driver and a browser process for each page. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { freePort } from '../../../scripts/setup/port.mjs';
import { type Display, openDisplay } from '../display.ts';
import type { Engine, EngineName, EnginePage } from './engine.ts';
import { START_TIMEOUT } from './timeouts.ts';
import { WebDriverSession } from './web-driver.ts';

/** The executables. Setup reports where they are. */
export const driverPath = () => process.env.WEBKIT_DRIVER_PATH ?? '/usr/bin/WebKitWebDriver';
export const browserPath = () =>
  process.env.WEBKIT_PATH ?? '/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser';

/** How much of the browser's output an error message includes, in characters. */
const LOG = 4_000;

type WebKitName = Extract<EngineName, `webkit${string}`>;

const features: Record<WebKitName, string> = {
  // WebGL on any OffscreenCanvas, and tracks as streams in workers: Safari 18 has both, GTK's build switches both off.
  webkit: '+AllowWebGLInWorkers,+MediaStreamTrackProcessing',
  'webkit-captured': '+AllowWebGLInWorkers',
  'webkit-cpu': '-WebGL,+MediaStreamTrackProcessing',
};

export function isWebKit(name: EngineName): name is WebKitName {
  return name in features;
}

export async function launchWebKit(name: WebKitName): Promise<Engine> {
  const display = await openDisplay();
  const env = {
    ...process.env,
    ...(display && { DISPLAY: display.name }),
    LIBGL_ALWAYS_SOFTWARE: '1',
  };
  const args = [
    '--automation',
    '--enable-media-stream=true',
    '--enable-mock-capture-devices=true',
    '--autoplay-policy=allow',
    '--enable-write-console-messages-to-stdout=true',
    `--features=${features[name]}`,
  ];
  const pages = new Set<EnginePage>();
  try {
    const version = await versionOf(args, env);
    const open = async (url: string) => {
      const page = await openPage(url, name, args, env, () => pages.delete(page));
      pages.add(page);
      return page;
    };
    return { name, version, open, close: () => closeAll(pages, display) };
  } catch (cause) {
    display?.close();
    throw cause;
  }
}

async function closeAll(pages: Set<EnginePage>, display: Display | undefined): Promise<void> {
  await Promise.all([...pages].map((page) => page.close()));
  display?.close();
}

/** The browser's version. Run before the driver starts: a browser that refuses an argument would block its driver forever. */
async function versionOf(args: string[], env: NodeJS.ProcessEnv): Promise<string> {
  const { stdout } = await promisify(execFile)(browserPath(), [...args, '--version'], {
    env,
    timeout: START_TIMEOUT,
    killSignal: 'SIGKILL',
  });
  return stdout.trim();
}

async function openPage(
  url: string,
  name: WebKitName,
  args: string[],
  env: NodeJS.ProcessEnv,
  closed: () => void,
): Promise<EnginePage> {
  const port = await freePort();
  // A process group of its own, so that the browser's processes exit with the driver.
  const driver = spawn(driverPath(), [`--port=${port}`], {
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const log = logOf(driver);
  const kill = () => {
    process.off('exit', kill);
    try {
      if (driver.pid) process.kill(-driver.pid, 'SIGKILL');
    } catch {
      // The process has exited already.
    }
  };
  process.once('exit', kill);
  const failure = (message: string, cause: unknown) =>
    new Error([message, ...(log() ? ['WebKitGTK wrote:', log()] : [])].join('\n'), { cause });
  try {
    const driverUrl = `http://127.0.0.1:${port}`;
    await listening(driverUrl, driver);
    const session = await WebDriverSession.start(driverUrl, {
      'webkitgtk:browserOptions': { binary: browserPath(), args },
    });
    const goto = async (url: string) => {
      await session.goto(url);
      if (name !== 'webkit-cpu') await session.run(workAround);
    };
    await goto(url);
    return {
      async run(f, ...args) {
        try {
          return await session.run(f, ...args);
        } catch (cause) {
          throw failure((cause as Error).message, cause);
        }
      },
      goto,
      screenshot: () => session.screenshot(),
      async close() {
        closed();
        await session.end().catch(() => {});
        kill();
      },
    };
  } catch (cause) {
    kill();
    throw failure(`WebKitGTK did not open ${url}: ${(cause as Error).message}`, cause);
  }
}

/** The end of the output of a program and its children. */
function logOf({ stdout, stderr }: ChildProcess): () => string {
  let written = '';
  for (const stream of [stdout, stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      written = (written + text).slice(-LOG);
    });
  }
  return () => written;
}

/** Resolves once a driver answers. */
async function listening(driverUrl: string, driver: ChildProcess): Promise<void> {
  const end = performance.now() + START_TIMEOUT;
  for (;;) {
    try {
      await fetch(`${driverUrl}/status`, { signal: AbortSignal.timeout(1_000) });
      return;
    } catch (cause) {
      if (driver.exitCode !== null || performance.now() > end) throw cause;
      await pause(50);
    }
  }
}

/**
 * Works around two faults of WebKitGTK 2.50, in a page that has started no worker yet. A process's WebGL belongs to the thread
 * that used it last, until that thread lets the GPU draw something else: the page draws before each worker starts. Terminating
 * a worker that used WebGL crashes the process: workers end with their page.
 */
function workAround(): void {
  const Native = globalThis.Worker;
  globalThis.Worker = class Worker extends Native {
    constructor(url: string | URL, options?: WorkerOptions) {
      // The browser draws small canvases without the GPU.
      const canvas = Object.assign(document.createElement('canvas'), { width: 640, height: 480 });
      const context = canvas.getContext('2d');
      context?.fillRect(0, 0, 8, 8);
      context?.getImageData(0, 0, 1, 1);
      super(url, options);
    }
    override terminate(): void {}
  };
}
