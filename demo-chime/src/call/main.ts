import { VirtualBackground } from 'cyclorama';
import { backend } from '../shared/backend';
import { Changes, sentence } from '../shared/changes';
import { presetEffect } from '../shared/effects';
import { backendText, qualityText } from '../shared/metrics-text';
import { openCamera, openClip, type Source } from '../shared/sources';
import { LoopbackCall, type Received } from './loopback';

const find = <Type extends HTMLElement>(id: string) => document.getElementById(id) as Type;
const [near, far] = [find<HTMLVideoElement>('near'), find<HTMLVideoElement>('far')];
const form = find<HTMLFormElement>('controls');
const chosen = (name: string) => String(new FormData(form).get(name));

let source: Source | undefined;
let background: VirtualBackground | undefined;
let call: LoopbackCall | undefined;
/** The error that prevents a call. */
let obstacle: string | undefined;

const changes = new Changes({ status: find('status'), problem: find('problem') }, () => ({
  done: call ? 'The call is on.' : 'There is no call.',
  failed: call ? 'The call continues with the previous settings.' : 'There is no call.',
  obstacle,
}));

async function start(): Promise<void> {
  try {
    background = await VirtualBackground.create({ backend, effect: presetEffect(chosen('effect')) });
  } catch (error) {
    obstacle = sentence(error);
    throw error;
  }
  background.addEventListener('metrics', ({ detail }) => {
    find('adapter').textContent = backendText(detail);
    find('quality').textContent = qualityText(detail.quality);
  });
  background.addEventListener('error', ({ detail }) =>
    changes.showProblem(`A frame failed and was replaced by a placeholder: ${sentence(detail)}`),
  );
  background.addEventListener('recovered', () => changes.showProblem(undefined));
  background.addEventListener('track', ({ detail }) =>
    changes.queue('The worker crashed. Sending a new track…', () => show(detail.track)),
  );
  await send();
}

async function show(track: MediaStreamTrack): Promise<void> {
  near.srcObject = new MediaStream([track]);
  await call?.send(track);
}

/** Sends the chosen source. A new source feeds the same track, unless the track has ended. */
async function send(): Promise<void> {
  if (!background) return;
  const choice = chosen('source');
  let next: Source | undefined;
  try {
    next = await (choice === 'camera' ? openCamera() : openClip());
    const [track] = next.stream.getVideoTracks();
    if (!track) throw new Error('the source has no video track');
    const processed = await background.processTrack(track);
    await show(processed);
    if (!call) {
      const opened = await LoopbackCall.open(processed);
      call = opened.call;
      far.srcObject = new MediaStream([opened.received]);
    }
  } catch (error) {
    next?.stop();
    if (source) choose(choice === 'camera' ? 'clip' : 'camera');
    throw error;
  }
  source?.stop();
  source = next;
  next.onEnded = () => {
    choose('clip');
    changes.queue('Camera disconnected. Switching to the sample clip…', send);
  };
}

function choose(value: 'clip' | 'camera'): void {
  for (const radio of form.querySelectorAll<HTMLInputElement>('input[name=source]')) {
    radio.checked = radio.value === value;
  }
}

let last: (Received & { time: number }) | undefined;
async function showReceived(): Promise<void> {
  const received = await call?.received();
  if (!received) return;
  const time = performance.now();
  const seconds = last && (time - last.time) / 1000;
  if (last && seconds) {
    const rate = (received.frames - last.frames) / seconds;
    const bits = (8 * (received.bytes - last.bytes)) / seconds;
    find('received').textContent =
      `${received.width} × ${received.height} · ${rate.toFixed(0)} fps · ${received.codec}`;
    find('bitrate').textContent = `${(bits / 1e6).toFixed(2)} Mbit/s`;
  }
  last = { ...received, time };
}

form.addEventListener('submit', (event) => event.preventDefault());
form.addEventListener('change', ({ target }) => {
  if ((target as HTMLInputElement).name === 'source') {
    changes.queue(chosen('source') === 'camera' ? 'Opening the camera…' : 'Opening the sample clip…', send);
  } else {
    changes.queue('Changing the background…', async () => {
      await background?.setEffect(presetEffect(chosen('effect')));
    });
  }
});
setInterval(() => void showReceived(), 1000);
changes.queue('Loading the model…', start);
