/** The apps that the package is tried in, and what serves them. */
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
/** A tool of the app's own, started without npm in between, so that ending it ends all of it. */
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
 * By name: `picture` is where the app has its photograph. Each of `builds` is a `command` and the `pages` that can then be
 * looked at, with what serves them.
 */
export const apps = {
  vite: {
    picture: 'src/person.png',
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
    picture: 'src/person.png',
    builds: [
      {
        title: 'types and build',
        command: tool('webpack', '--mode', 'production'),
        pages: [{ title: 'page', serve: (copy) => serveFolder(join(copy, 'dist')) }],
      },
    ],
  },
  next: {
    picture: 'app/person.png',
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
    picture: 'person.png',
    builds: [{ pages: [{ title: 'page', serve: serveFolder }] }],
  },
};

/** Serves a folder as any web server does. */
function serveFolder(folder) {
  // Vite takes it for what it built itself, and that does not lie in its root. It sets NODE_ENV, so it has a process of its own.
  const args = ['preview', '--outDir', basename(folder), '--strictPort'];
  return start(dirname(folder), join(root, 'node_modules', bins.vite), args);
}

/** Starts a server and waits until it answers. */
async function start(folder, script, args) {
  const port = await freePort();
  const address = `http://127.0.0.1:${port}/`;
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
    const response = await fetch(address).catch(() => undefined);
    if (response?.ok) return { address, close };
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  await close();
  throw new Error(`${script} does not serve ${address}:\n${output}`);
}
