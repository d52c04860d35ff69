/** The test apps of the package, and their servers. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { basename, dirname, join } from 'node:path';
import { run } from '../setup/command.mjs';
import { root } from '../setup/paths.mjs';
import { freePort } from '../setup/port.mjs';

const environment = { NEXT_TELEMETRY_DISABLED: '1', CI: 'true' };
const bins = {
  tsc: 'typescript/bin/tsc',
  vite: 'vite/bin/vite.js',
  webpack: 'webpack/bin/webpack.js',
  next: 'next/dist/bin/next',
};
/** The path of a tool of the app. It is started without npm, so that terminating it leaves no child process. */
const bin = (copy, name) => join(copy, 'node_modules', bins[name]);
const tool =
  (name, ...args) =>
  async (copy, onLine) => {
    await run(process.execPath, [bin(copy, name), ...args], { cwd: copy, env: environment, onLine });
  };
const inTurn =
  (...commands) =>
  async (copy, onLine) => {
    for (const command of commands) await command(copy, onLine);
  };

/**
 * The apps by name. `image` is the path of the app's test image. Each of `builds` has a `command`, and the `pages` to
 * inspect after it, with their servers.
 */
export const apps = {
  vite: {
    image: 'src/person.png',
    builds: [
      {
        title: 'types and build',
        command: inTurn(tool('tsc', '--noEmit'), tool('vite', 'build')),
        pages: [{ title: 'page', serve: (copy) => serveFolder(join(copy, 'dist')) }],
      },
      {
        pages: [
          {
            title: "page of Vite's server",
            serve: (copy) => start(copy, bin(copy, 'vite'), ['--strictPort']),
          },
        ],
      },
    ],
  },
  webpack: {
    image: 'src/person.png',
    builds: [
      {
        title: 'types and build',
        command: tool('webpack', '--mode', 'production'),
        pages: [{ title: 'page', serve: (copy) => serveFolder(join(copy, 'dist')) }],
      },
    ],
  },
  next: {
    image: 'app/person.png',
    builds: ['turbopack', 'webpack'].map((bundler) => ({
      title: `build with ${bundler}`,
      command: tool('next', 'build', `--${bundler}`),
      pages: [
        {
          title: `page by ${bundler}`,
          serve: (copy) => start(copy, bin(copy, 'next'), ['start']),
        },
      ],
    })),
  },
  plain: {
    image: 'person.png',
    builds: [{ pages: [{ title: 'page', serve: serveFolder }] }],
  },
};

/** Serves a folder with static files. */
function serveFolder(folder) {
  // Vite serves its `outDir`, which must differ from its root. It sets NODE_ENV, so it runs in a process of its own.
  const args = ['preview', '--outDir', basename(folder), '--strictPort'];
  return start(dirname(folder), join(root, 'node_modules', bins.vite), args);
}

/** Starts a server and waits until it answers. */
async function start(folder, script, args) {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}/`;
  const host = script.endsWith(bins.next) ? '--hostname' : '--host';
  const child = spawn(process.execPath, [script, ...args, host, '127.0.0.1', '--port', String(port)], {
    cwd: folder,
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => {
      output += text;
    });
  }
  const exit = once(child, 'exit');
  const close = async () => {
    child.kill();
    await exit;
  };
  for (let attempt = 0; attempt < 240 && child.exitCode === null; attempt += 1) {
    const response = await fetch(url).catch(() => undefined);
    if (response?.ok) return { url, close };
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  await close();
  throw new Error(`${script} does not serve ${url}:\n${output}`);
}
