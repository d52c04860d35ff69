/** The apps that the package is tried in, and what serves them. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { basename, dirname, join } from 'node:path';
import { run } from '../setup/command.mjs';

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
            serve: (copy) => start(copy, 'vite', ['--strictPort', '--host', '127.0.0.1', '--port']),
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
          serve: (copy) => start(copy, 'next', ['start', '--hostname', '127.0.0.1', '--port']),
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
async function serveFolder(folder) {
  const { preview } = await import('vite');
  const server = await preview({
    // Vite takes what it serves for what it built, and that does not lie in its root.
    root: dirname(folder),
    configFile: false,
    appType: 'mpa',
    logLevel: 'warn',
    build: { outDir: basename(folder) },
    preview: { host: '127.0.0.1', port: await freePort(), strictPort: true },
  });
  return { address: server.resolvedUrls.local[0], close: () => server.close() };
}

/** Starts a server of the app's own, whose last argument is the port. */
async function start(copy, name, args) {
  const port = await freePort();
  const address = `http://127.0.0.1:${port}/`;
  const child = spawn(process.execPath, [bin(copy, name), ...args, String(port)], {
    cwd: copy,
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
  for (let attempt = 0; attempt < 240; attempt += 1) {
    if (child.exitCode !== null) break;
    const response = await fetch(address).catch(() => undefined);
    if (response?.ok) return { address, close };
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  await close();
  throw new Error(`${name} does not serve ${address}:\n${output}`);
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}
