/** A call, and a worker that ends: not every engine supports these. */
import { type BackendChoice, type Effect, type OutputFrame, VirtualBackground } from 'cyclorama';
import { openLoopback } from '../../live/loopback.ts';
import { type FrameContent, inspectFrame, pixelsOf } from './frame-content.ts';
import { Camera, isNear, paint, pause } from './scenes.ts';
import { type TrackFrame, Watcher } from './watcher.ts';

const BLUE: Effect = { kind: 'color', color: '#2040c0' };
const BLUE_LEVELS = [32, 64, 192];

/** How far a codec may change the person, in levels. */
const KEPT_ENCODED = 12;

/** Every frame at the far side of a call, until three have shown the person before the color. */
export async function call(backend: BackendChoice): Promise<TrackFrame[]> {
  const camera = await Camera.open('a');
  const background = await VirtualBackground.create({ backend, effect: BLUE });
  const loopback = await openLoopback(await background.processTrack(camera.track));
  const watcher = await Watcher.of(loopback.track);
  const isRight = ({ person, back }: TrackFrame) => person < KEPT_ENCODED && isNear(back, BLUE_LEVELS);
  for (let count = 0; count < 3; count += 1) await watcher.next('the far side', isRight);
  watcher.close();
  loopback.close();
  camera.stop();
  await background.destroy();
  return watcher.trackFrames;
}

/** A frame, and its outcome. */
export interface Outcome extends FrameContent {
  outcome: OutputFrame['outcome'];
}

export interface LossReport {
  /** The frames from the end of the worker until processing resumes. */
  meanwhile: Outcome[];
  /** The first processed frame afterwards. */
  after: Outcome;
  /** The codes of all `error` events. */
  errors: string[];
}

/** Terminates the worker as a browser does that is short of memory. */
export async function endWorker(backend: BackendChoice): Promise<LossReport> {
  const workers: Worker[] = [];
  globalThis.Worker = new Proxy(globalThis.Worker, {
    construct(target, args) {
      const worker: Worker = Reflect.construct(target, args);
      workers.push(worker);
      return worker;
    },
  });
  const canvas = await paint('a');
  const pixels = pixelsOf(canvas);
  const background = await VirtualBackground.create({ backend, effect: BLUE, quality: 'high' });
  const errors: string[] = [];
  let recovered = false;
  background.addEventListener('error', ({ detail }) => errors.push(detail.code));
  background.addEventListener('recovered', () => {
    recovered = true;
  });
  const show = async (): Promise<Outcome> => {
    const { image, outcome } = await background.processFrame(canvas);
    const shown = { outcome, ...inspectFrame(image, pixels) };
    image.close();
    return shown;
  };
  await show();
  workers.at(-1)?.terminate();
  const meanwhile: Outcome[] = [];
  const end = performance.now() + 60_000;
  while (!recovered && performance.now() < end) {
    meanwhile.push(await show());
    await pause(100);
  }
  const after = await show();
  await background.destroy();
  return { meanwhile, after, errors };
}
