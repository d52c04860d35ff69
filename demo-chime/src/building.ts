/** Shows the progress of the build of the modules for GPUs. `npm start` adds this to the pages until they are compiled. */
import './building.css';

/** The server's answer about the build. */
interface BuildStatus {
  state: 'building' | 'ready' | 'failed';
  /** The time since the build started, in seconds. */
  seconds: number;
}

/** The time between two requests, in milliseconds. */
const INTERVAL = 2_000;

const banner = document.createElement('p');
banner.className = 'building';
banner.setAttribute('role', 'status');
document.querySelector('main')?.prepend(banner);

const minutes = (seconds: number) =>
  `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, '0')}`;

/** @returns whether the build is still running. */
function show({ state, seconds }: BuildStatus): boolean {
  switch (state) {
    case 'building':
      banner.textContent = `The modules for WebGL2 and WebGPU are being compiled (${minutes(seconds)} so far). Until then, this page uses the CPU.`;
      return true;
    case 'failed':
      banner.textContent =
        'The modules for WebGL2 and WebGPU could not be compiled. See the terminal. This page uses the CPU.';
      return false;
    case 'ready': {
      const reload = document.createElement('button');
      reload.type = 'button';
      reload.textContent = 'Reload the page';
      reload.addEventListener('click', () => location.reload());
      banner.replaceChildren('The modules for WebGL2 and WebGPU are ready. ', reload);
      return false;
    }
  }
}

async function poll(): Promise<void> {
  const answer = await fetch('/building.json').catch(() => undefined);
  // A server that has stopped may start again.
  const isRunning = answer?.ok ? show(await answer.json()) : true;
  if (isRunning) setTimeout(poll, INTERVAL);
}

void poll();
