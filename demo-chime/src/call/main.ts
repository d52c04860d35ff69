import { VirtualBackground } from 'cyclorama';
import { backend } from '../backend';
import { Changes, inWords } from '../changes';
import { presetEffect } from '../effects';
import { backendWords, qualityWords } from '../facts';
import { openCamera, openClip, type Source } from '../sources';
import { LoopbackCall, type Received } from './loopback';

const find = <Type extends HTMLElement>(id: string) => document.getElementById(id) as Type;
const [near, far] = [find<HTMLVideoElement>('near'), find<HTMLVideoElement>('far')];
const form = find<HTMLFormElement>('controls');
const chosen = (name: string) => String(new FormData(form).get(name));

let source: Source | undefined;
let background: VirtualBackground | undefined;
let call: LoopbackCall | undefined;
/** Why there is no call. */
let obstacle: string | undefined;

const changes = new Changes({ status: find('status'), problem: find('problem') }, () => ({
  made: call ? 'The call is on.' : 'There is no call.',
  failed: call ? 'The call goes on as before.' : 'There is no call.',
  obstacle,
}));

async function start(): Promise<void> {
  try {
    background = await VirtualBackground.create({ backend, effect: presetEffect(chosen('effect')) });
  } catch (error) {
    obstacle = inWords(error);
    throw error;
  }
  background.addEventListener('metrics', ({ detail }) => {
    find('adapter').textContent = backendWords(detail);
    find('quality').textContent = qualityWords(detail.quality);
  });
  background.addEventListener('error', ({ detail }) =>
    changes.showProblem(`A frame failed and was hidden: ${inWords(detail)}`),
  );
  background.addEventListener('recovered', () => changes.showProblem(undefined));
  background.addEventListener('track', ({ detail }) =>
    changes.queue('The worker was lost; sending another track…', () => show(detail.track)),
  );
  await send();
}

async function show(track: MediaStreamTrack): Promise<void> {
  near.srcObject = new MediaStream([track]);
  await call?.send(track);
}

/** Sends the chosen source. Another camera feeds the same track, unless that has ended with the one before. */
async function send(): Promise<void> {
  if (!background) return;
  const choice = chosen('source');
  let next: Source | undefined;
  try {
    next = await (choice === 'camera' ? openCamera() : openClip());
    const [track] = next.stream.getVideoTracks();
    if (!track) throw new Error('the source has no picture');
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
    changes.queue('The camera has gone; back to the clip…', send);
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
      `${received.width} × ${received.height} · ${rate.toFixed(0)} frames per second · ${received.codec}`;
    find('bits').textContent = `${(bits / 1e6).toFixed(2)} million per second`;
  }
  last = { ...received, time };
}

form.addEventListener('submit', (event) => event.preventDefault());
form.addEventListener('change', ({ target }) => {
  if ((target as HTMLInputElement).name === 'source') {
    changes.queue(chosen('source') === 'camera' ? 'Opening the camera…' : 'Opening the clip…', send);
  } else {
    changes.queue('Changing the background…', async () => {
      await background?.setEffect(presetEffect(chosen('effect')));
    });
  }
});
setInterval(() => void showReceived(), 1000);
changes.queue('Loading the network and making the GPU ready…', start);
