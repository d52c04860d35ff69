import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

/** An X server without a screen. */
export interface Display {
  /** The value for `DISPLAY`. */
  readonly name: string;
  close(): void;
}

/**
 * Starts an X server for a browser that finds its GPU, or a software GPU, only through X. Resolves with `undefined` if a
 * display exists already, and on systems without X.
 */
export async function openDisplay(): Promise<Display | undefined> {
  if (process.platform !== 'linux' || process.env.DISPLAY) return undefined;
  const server: ChildProcess = spawn(
    'Xvfb',
    ['-displayfd', '1', '-screen', '0', '1280x1024x24', '-nolisten', 'tcp'],
    { stdio: ['ignore', 'pipe', 'ignore'] },
  );
  const signal = AbortSignal.timeout(30_000);
  try {
    const [number] = await Promise.race([
      once(server.stdout ?? server, 'data', { signal }),
      once(server, 'exit', { signal }).then(() => Promise.reject(new Error('Xvfb exited at its start'))),
    ]);
    return { name: `:${String(number).trim()}`, close: () => void server.kill() };
  } catch (cause) {
    server.kill();
    throw new Error('Xvfb did not start: install it, or set DISPLAY', { cause });
  }
}
