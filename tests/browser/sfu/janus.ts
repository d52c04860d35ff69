import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../../scripts/setup/port.mjs';

/** A Janus server that belongs to the test. */
export interface Janus {
  /** The URL of its WebSocket API. */
  url: string;
  /** Stops the server and removes its files. */
  close(): Promise<void>;
}

/** Milliseconds until the server must answer, and until it must have exited before it is killed. */
const [STARTS_WITHIN, ENDS_WITHIN] = [15_000, 5_000];

// Janus has options for what it omits, but none for what it loads.
const unusedPlugins = [
  'audiobridge',
  'duktape',
  'echotest',
  'lua',
  'nosip',
  'recordplay',
  'sip',
  'streaming',
  'textroom',
  'videocall',
  'voicemail',
];
const unusedTransports = ['http', 'mqtt', 'nanomsg', 'pfunix', 'rabbitmq'];

/**
 * Starts Janus on the loopback interface, with the videoroom plug-in and the WebSocket transport only.
 *
 * @throws {Error} with the server's output if it does not start.
 */
export async function startJanus(program = process.env.JANUS_PATH ?? 'janus'): Promise<Janus> {
  const folder = await mkdtemp(join(tmpdir(), 'cyclorama-janus-'));
  const port = await freePort();
  await configure(folder, port);
  const server = spawn(program, ['--configs-folder', folder, '--disable-colors'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [server.stdout, server.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const close = async () => {
    await end(server);
    await rm(folder, { recursive: true, force: true });
  };
  const url = `ws://127.0.0.1:${port}`;
  try {
    await answering(port, server);
  } catch (cause) {
    await close();
    throw new Error(`Janus did not start on ${url}. Its output:\n${output}`, { cause });
  }
  return { url, close };
}

async function configure(folder: string, port: number): Promise<void> {
  const libraries = (names: string[]) => `"${names.map((name) => `libjanus_${name}.so`).join(',')}"`;
  const files = {
    'janus.jcfg': `
general: { configs_folder = "${folder}" debug_level = 3 session_timeout = 0 }
nat: { ice_enforce_list = "lo" ice_lite = true full_trickle = true }
media: { ipv6 = false }
plugins: { disable = ${libraries(unusedPlugins)} }
transports: { disable = ${libraries(unusedTransports)} }
`,
    'janus.transport.websockets.jcfg': `
general: { json = "compact" ws = true ws_port = ${port} ws_ip = "127.0.0.1" }
`,
    // The page creates its rooms through the API.
    'janus.plugin.videoroom.jcfg': '\ngeneral: { }\n',
  };
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text.trimStart());
}

/** Resolves once the server accepts connections. */
async function answering(port: number, server: ChildProcess): Promise<void> {
  const failed = new Promise<never>((_, reject) => {
    server.once('error', reject);
    server.once('exit', (code, signal) => reject(new Error(`it exited with ${signal ?? `status ${code}`}`)));
  });
  const deadline = performance.now() + STARTS_WITHIN;
  const answer = async () => {
    for (;;) {
      if (await connects(port)) return;
      if (performance.now() > deadline) throw new Error(`no answer within ${STARTS_WITHIN / 1000} s`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  };
  await Promise.race([answer(), failed]);
}

function connects(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

async function end(server: ChildProcess): Promise<void> {
  if (server.pid === undefined || server.exitCode !== null || server.signalCode !== null) return;
  const gone = once(server, 'exit');
  const impatient = setTimeout(() => server.kill('SIGKILL'), ENDS_WITHIN);
  server.kill('SIGINT');
  await gone;
  clearTimeout(impatient);
}
