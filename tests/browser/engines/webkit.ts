/** WebKitGTK's MiniBrowser, with a driver and a browser process for each page. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { freePort } from '../../../scripts/setup/port.mjs';
import { type Display, openDisplay } from '../display.ts';
import type { Engine, EngineName, EnginePage } from './engine.ts';
import { START_PATIENCE } from './patience.ts';
import { WebDriverSession } from './web-driver.ts';

/** The executables; set-up says where they are. */
export const driverPath = () => process.env.WEBKIT_DRIVER_PATH ?? '/usr/bin/WebKitWebDriver';
export const browserPath = () =>
  process.env.WEBKIT_PATH ?? '/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser';

/** How much of what the browser writes is kept for an error's message, in characters. */
const LOG = 4_000;

const features: Partial<Record<EngineName, string>> = {
  // WebGL on any OffscreenCanvas, and tracks as streams in workers: GTK's build has both switched off, Safari 18 has them.
  webkit: '+AllowWebGLInWorkers,+MediaStreamTrackProcessing',
  'webkit-captured': '+AllowWebGLInWorkers',
};

export async function launchWebKit(name: EngineName): Promise<Engine> {
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
      const page = await openPage(url, args, env, () => pages.delete(page));
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

/** The browser's version. A browser that refuses an argument would keep its driver waiting for ever: it is asked first. */
async function versionOf(args: string[], env: NodeJS.ProcessEnv): Promise<string> {
  const { stdout } = await promisify(execFile)(browserPath(), [...args, '--version'], {
    env,
    timeout: START_PATIENCE,
    killSignal: 'SIGKILL',
  });
  return stdout.trim();
}

async function openPage(
  url: string,
  args: string[],
  env: NodeJS.ProcessEnv,
  closed: () => void,
): Promise<EnginePage> {
  const port = await freePort();
  // A group of its own, so that the browser's processes end with the driver.
  const driver = spawn(driverPath(), [`--port=${port}`], {
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const log = logOf(driver);
  const kill = () => {
    try {
      if (driver.pid) process.kill(-driver.pid, 'SIGKILL');
    } catch {
      // It has ended by itself.
    }
  };
  const failure = (message: string, cause: unknown) =>
    new Error([message, ...(log() ? ['WebKitGTK wrote:', log()] : [])].join('\n'), { cause });
  try {
    const address = `http://127.0.0.1:${port}`;
    await listening(address, driver);
    const session = await WebDriverSession.start(address, {
      'webkitgtk:browserOptions': { binary: browserPath(), args },
    });
    const goto = async (url: string) => {
      await session.goto(url);
      await session.run(workAround);
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

/** The end of what a program and its children write. */
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
async function listening(address: string, driver: ChildProcess): Promise<void> {
  const end = performance.now() + START_PATIENCE;
  for (;;) {
    try {
      await fetch(`${address}/status`, { signal: AbortSignal.timeout(1_000) });
      return;
    } catch (cause) {
      if (driver.exitCode !== null || performance.now() > end) throw cause;
      await pause(50);
    }
  }
}

/**
 * Works around two faults of WebKitGTK 2.50, in a page that has started no worker yet. A process's WebGL belongs to the thread
 * that used it last, until that thread lets the GPU draw something else: the page draws before each worker starts. Ending a worker
 * that used WebGL crashes the process: workers end with their page.
 */
function workAround(): void {
  const Native = globalThis.Worker;
  globalThis.Worker = class Worker extends Native {
    constructor(address: string | URL, options?: WorkerOptions) {
      // Small canvases are not the GPU's.
      const canvas = Object.assign(document.createElement('canvas'), { width: 640, height: 480 });
      const context = canvas.getContext('2d');
      context?.fillRect(0, 0, 8, 8);
      context?.getImageData(0, 0, 1, 1);
      super(address, options);
    }
    override terminate(): void {}
  };
}
