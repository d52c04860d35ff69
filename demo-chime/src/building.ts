/** On pages that `npm start` serves before the WebGPU module is compiled: says so, and when the module is there. */
import './building.css';

/** What the server says of the module. */
interface Building {
  state: 'building' | 'ready' | 'failed';
  /** How long it has been compiled, in seconds. */
  seconds: number;
}

/** Between two questions, in milliseconds. */
const INTERVAL = 2_000;

const banner = document.createElement('p');
banner.className = 'building';
banner.setAttribute('role', 'status');
document.querySelector('main')?.prepend(banner);

const clock = (seconds: number) =>
  `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, '0')}`;

/** @returns whether there is more to wait for */
function show({ state, seconds }: Building): boolean {
  switch (state) {
    case 'building':
      banner.textContent = `The WebGPU module is still being compiled (${clock(seconds)} so far). Until it is ready, this page runs on the CPU and WebGL2.`;
      return true;
    case 'failed':
      banner.textContent =
        'The WebGPU module could not be compiled: the terminal says why. This page runs on the CPU and WebGL2.';
      return false;
    case 'ready': {
      const reload = document.createElement('button');
      reload.type = 'button';
      reload.textContent = 'Reload the page';
      reload.addEventListener('click', () => location.reload());
      banner.replaceChildren('The WebGPU module is ready. ', reload);
      return false;
    }
  }
}

async function look(): Promise<void> {
  const answer = await fetch('/building.json').catch(() => undefined);
  // A server that has stopped says nothing; it may start again.
  const more = answer?.ok ? show(await answer.json()) : true;
  if (more) setTimeout(look, INTERVAL);
}

void look();
