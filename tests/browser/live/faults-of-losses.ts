import modelUrl from '../../../ts/models/selfie_segmentation_landscape.tflite?url';
import { VirtualBackground, type VirtualBackgroundOptions } from '../../../ts/src/index.js';
import {
  continues,
  continuesInGray,
  type Fault,
  fail,
  GRAY,
  pause,
  recovered,
  type Session,
} from './fault-session.js';
import { withoutAdapters, withoutAnswers } from './faulty-page.js';

const BROWN = { kind: 'color', color: '#603020' } as const;
const BROWN_LEVELS = [96, 48, 32];

/** The model that the app passed to the background and still references. */
let given = new ArrayBuffer(0);

/** GPUs, modules and workers that are lost, or that never start. An engine without a GPU is lost when its module crashes. */
export const faultsOfLosses: Record<string, Fault> = {
  'an exception of the queue': { inject: fail('throw-in-submit'), until: recovered, backends: ['webgpu'] },
  'invalid work': { inject: fail('gpu-error'), until: continues, backends: ['webgpu'] },
  'GPU memory used up': { inject: fail('out-of-memory'), until: continues, backends: ['webgpu'] },
  'a WebAssembly crash': { inject: fail('crash'), until: recovered, options: {} },
  'a WebAssembly crash, and no memory for another instance': {
    async inject(session) {
      await session.fail('refuse-instance');
      await session.fail('crash');
    },
    until: recovered,
    options: {},
  },
  'a WebAssembly crash and a lost device at once': {
    async inject(session) {
      await session.fail('crash');
      await session.fail('lose-engine');
    },
    until: recovered,
    options: {},
    backends: ['webgpu', 'webgl'],
  },
  'a lost device': {
    inject: fail('lose-engine'),
    until: recovered,
    options: {},
    backends: ['webgpu', 'webgl'],
  },
  'a lost engine, and no replacement for a while': {
    inject: (session) => session.withoutEngine(() => pause(1500)),
    until: recovered,
    options: {},
  },
  'a lost engine while paused': {
    async inject(session) {
      await session.background.pause();
      await session.fail('lose-engine');
      await session.expectOutcome('hidden', 3);
      await session.background.resume();
    },
    until: recovered,
    options: {},
  },
  'a lost engine, and effects that change meanwhile': {
    async inject(session) {
      const { background } = session;
      const image = await imageOf('#800000');
      await background.setEffect({ kind: 'image', source: image });
      await session.fail('lose-engine');
      for (let change = 0; session.recovered === 0 && change < 20; change += 1) {
        await background.setEffect({ kind: 'image', source: image });
        await session.processOne();
      }
      await background.setEffect(GRAY);
    },
    until: (session) => recovered(session) && continuesInGray(session),
    options: {},
  },
  'a lost engine and a worker that ends, at once': {
    async inject(session) {
      await session.fail('lose-engine');
      session.endWorker();
    },
    until: recovered,
    options: {},
  },
  'an adapter that never comes': {
    async inject(session) {
      await withoutAdapters(async () => {
        await expectTimeout({ worker: false });
        // The other backends need no adapter.
        const backend = session.backend === 'cpu' ? 'cpu' : 'webgl';
        const other = await VirtualBackground.create({ backend, effect: GRAY });
        await session.processOne(other);
        await other.destroy();
      });
    },
    until: continuesInGray,
  },
  'a module that never comes': {
    async inject(session) {
      const options = { backend: session.backend, worker: false, effect: GRAY } as const;
      await withoutAnswers(/\.wasm$/, () => expectTimeout(options));
      const other = await VirtualBackground.create(options);
      await session.processOne(other);
      await other.destroy();
    },
    until: continuesInGray,
  },
  'a worker that ends': {
    async inject(session) {
      session.endWorker();
      await session.expectOutcome('hidden', 2);
    },
    until: recovered,
    options: {},
  },
  'a worker that ends while paused': {
    async inject(session) {
      await session.background.pause();
      session.endWorker();
      await session.until('another worker has started', () => session.recovered > 0);
      await session.expectOutcome('hidden', 3);
      await session.background.resume();
    },
    until: recovered,
    options: {},
  },
  'a worker that ends under a muted output': {
    async inject(session) {
      session.output.enabled = false;
      session.endWorker();
      await session.until('another worker has started', () => session.recovered > 0);
      await session.expectNoPerson(900);
      if (session.output.enabled) throw new Error('the output that the app muted was switched on');
      session.output.enabled = true;
    },
    until: recovered,
    options: {},
  },
  'a worker that ends, and another camera meanwhile': {
    async inject(session) {
      session.endWorker();
      await session.expectOutcome('hidden', 1);
      await session.connect(session.camera.dark);
      await session.until('another worker has started', () => session.recovered > 0);
      await pause(500);
      await session.expectNoPerson(700);
      await session.connect(session.camera.swap());
    },
    until: recovered,
    options: {},
  },
  'a worker that ends during a change': {
    async inject(session) {
      const change = session.background.update({ effect: BROWN, refinement: 'none' });
      session.endWorker();
      // It takes effect with the next worker.
      if (!(await change)) throw new Error('the change was reported as superseded');
    },
    until: (session) => recovered(session) && session.showsBehind(BROWN_LEVELS),
    restore: async ({ background }) => {
      await background.update({ effect: GRAY, refinement: 'guided' });
    },
    options: {},
  },
  'a worker that ends as the camera is no longer wanted': {
    async inject(session) {
      await session.showCamera();
      const change = session.background.setEffect(GRAY);
      session.endWorker();
      await session.expectOutcome('hidden', 2);
      await change;
      await session.readTrack();
    },
    until: (session) => recovered(session) && continuesInGray(session),
    options: {},
  },
  'a worker that ends, whose model the app has given away': {
    async inject(session) {
      structuredClone(given, { transfer: [given] });
      session.endWorker();
      await pause(100);
    },
    until: recovered,
    options: async () => {
      given = await (await fetch(modelUrl)).arrayBuffer();
      return { model: given };
    },
  },
  'a device lost for good': {
    async inject(session) {
      await session.fail('refuse-device');
      await session.fail('lose-engine');
    },
    until: (session) => recovered(session) && session.background.backend === 'cpu',
    backends: ['webgpu'],
    // The next backend takes over. Without the result of an earlier measurement, `auto` would start on that one.
    options: async () => {
      sessionStorage.setItem('cyclorama.fastest-backend', 'webgpu');
      return { backend: 'auto' };
    },
  },
  'a lost engine, frozen': {
    inject: fail('lose-engine'),
    until: recovered,
    options: { onFailure: 'freeze' },
  },
  'frozen, and another camera': frozen(async (session) => {
    await session.connect(session.camera.dark);
    // Frames in flight belong to the previous camera.
    await pause(300);
    await session.expectNoPerson(700);
    await session.connect(session.camera.swap());
  }),
  'frozen, and another effect': {
    async inject(session) {
      await session.until('the person is seen', () => session.showsPerson());
      const { background } = session;
      let change: Promise<boolean> | undefined;
      await session.withoutEngine(async () => {
        // It takes effect with the next engine.
        change = background.setEffect(BROWN);
        await pause(700);
      });
      if (!(await change)) throw new Error('the effect was reported as superseded');
      await pause(250);
      await session.expectNever('the previous effect is visible', () => session.showsGray(), 500);
    },
    until: (session) => recovered(session) && session.showsBehind(BROWN_LEVELS),
    options: { onFailure: 'freeze' },
  },
  'frozen, and frames of no camera': frozen(async (session) => {
    await session.expectOutcome('hidden', 4);
  }),
};

/** A change while the last frame replaces failed ones. After the change, the last frame must not be shown. */
function frozen(change: (session: Session) => Promise<void>): Fault {
  return {
    async inject(session) {
      await session.until('the person is seen', () => session.showsPerson());
      await session.withoutEngine(async () => {
        await session.until('the last frame is repeated', () => session.showsPerson());
        await change(session);
      });
    },
    until: (session) => recovered(session) && continuesInGray(session),
    options: { onFailure: 'freeze' },
  };
}

/** Rejects unless a background that cannot start times out. */
async function expectTimeout(options: VirtualBackgroundOptions): Promise<void> {
  const creating = VirtualBackground.create({ ...options, signal: AbortSignal.timeout(300) });
  const cause: unknown = await creating.then(
    (background) => background.destroy(),
    (cause: unknown) => cause,
  );
  if (!(cause instanceof DOMException && cause.name === 'TimeoutError'))
    throw new Error(`it did not time out: ${String(cause)}`);
}

/** An image of one color. */
function imageOf(color: string): Promise<ImageBitmap> {
  const canvas = new OffscreenCanvas(64, 64);
  const context = canvas.getContext('2d');
  if (!context) throw new Error('the image has no 2D context');
  context.fillStyle = color;
  context.fillRect(0, 0, 64, 64);
  return createImageBitmap(canvas);
}
