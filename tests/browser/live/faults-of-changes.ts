import clipUrl from '../../../demo-chime/public/clip.webm?url';
import modelUrl from '../../../ts/models/selfie_segmentation_landscape.tflite?url';
import { CycloramaError } from '../../../ts/src/index.js';
import { allPerson, noNumbers } from './damage.js';
import { continues, continuesInGray, type Fault, GRAY, pause, type Session } from './fault-session.js';
import { openVideos, withoutAnswers } from './faulty-page.js';

/** Effects, models and options that change, that are unavailable, and that change concurrently. */
export const faultsOfChanges: Record<string, Fault> = {
  'before the first mask': { inject: () => {}, until: continues, options: {} },
  'an effect that is loading, after the camera was shown': {
    async inject(session) {
      await session.showCamera();
      const change = new AbortController();
      const loading = session.background.setEffect(
        { kind: 'video', source: silentTrack() },
        { signal: change.signal },
      );
      await session.expectOutcome('hidden', 8);
      change.abort();
      await loading.catch(() => {});
      await session.background.setEffect(GRAY);
      await session.expectOutcome('processed', 3);
      await session.readTrack();
    },
    until: continuesInGray,
  },
  'an effect that does not load, after the camera was shown': afterCamera('asset', ({ background }) =>
    background.setEffect({ kind: 'image', source: '/nothing.png' }),
  ),
  'an effect that is aborted, after the camera was shown': afterCamera('TimeoutError', ({ background }) =>
    withoutAnswers(/slow\.png/, () =>
      background.setEffect({ kind: 'image', source: '/slow.png' }, { signal: AbortSignal.timeout(100) }),
    ),
  ),
  'an invalid effect, after the camera was shown': afterCamera('option', ({ background }) =>
    background.setEffect({ kind: 'color', color: 'no color' }),
  ),
  'an effect with an invalid model, after the camera was shown': afterCamera('model', ({ background }) =>
    background.update({ effect: { kind: 'blur' }, model: new ArrayBuffer(1000) }),
  ),
  'an effect that does not load': {
    inject: async ({ background }) => {
      await background.setEffect({ kind: 'image', source: '/nothing.png' }).catch(() => {});
    },
    until: continuesInGray,
  },
  'forty effects at once': {
    async inject({ background }) {
      const changes = Array.from({ length: 40 }, (_, index) =>
        background.setEffect({ kind: 'color', color: `#${(index + 16).toString(16).repeat(3)}` }),
      );
      const last = await background.setEffect(GRAY);
      if (!last) throw new Error('the last effect was reported as superseded');
      // Each other change resolves with whether it took effect.
      await Promise.all(changes);
    },
    until: continuesInGray,
  },
  'every setter at once': {
    async inject({ background }) {
      const changes = [
        background.setEffect({ kind: 'blur' }),
        background.setMatting({ temporalSmoothing: false }),
        background.setQuality('balanced'),
        background.setModel('selfie_segmentation_landscape'),
        background.pause(),
        background.setMatting({ refinement: 'bilateral' }),
        background.update({ effect: GRAY, quality: 'high' }),
        background.resume(),
      ];
      const results = await Promise.all(changes);
      if (results[6] !== true) throw new Error('the last effect was reported as superseded');
      const { quality } = await background.metrics();
      const { refinement, outputScale } = quality;
      if (refinement !== 'bilateral' || outputScale !== 1)
        throw new Error(`a setter was lost: ${JSON.stringify(quality)}`);
    },
    until: continuesInGray,
    restore: async ({ background }) => {
      await background.update({ refinement: 'guided', temporalSmoothing: true });
    },
  },
  'another model': {
    inject: async ({ background }) => {
      await background.setModel('selfie_segmentation');
    },
    until: continues,
    restore: async ({ background }) => {
      await background.setModel('selfie_segmentation_landscape');
    },
  },
  'an invalid model': {
    inject: async ({ background }) => {
      await background.setModel(new ArrayBuffer(1000)).catch(() => {});
    },
    until: continues,
  },
  'a model that overflows': {
    inject: async ({ background }) => {
      await background.setModel(noNumbers(await model()));
    },
    // An adapter may turn NaN into zeros. Then no person is visible, and the mask is valid.
    until: (session) => !session.showsPerson(),
    restore: async ({ background }) => {
      await background.setModel(await model());
    },
  },
  'masks with a person everywhere': {
    inject: async ({ background }) => {
      await background.setModel(allPerson(await model()));
    },
    until: (session) => session.errors.includes('mask'),
    restore: async ({ background }) => {
      await background.setModel(await model());
    },
  },
  'paused and resumed': {
    async inject({ background }) {
      await background.pause();
      await pause(1000);
      await background.resume();
    },
    until: continues,
  },
};

/** Faults that end a background. They run last. */
export const faultsOfEnds: Record<string, Fault> = {
  'destroyed in the middle': {
    async inject(session) {
      const frames = [session.processOne(), session.processOne()];
      await session.background.destroy();
      await Promise.all(frames);
      await session.expectOutcome('hidden', 8);
    },
    until: (session) => session.output.readyState === 'ended',
  },
  'a worker that ends again and again': {
    async inject(session) {
      const { background } = session;
      let failure: unknown;
      for (let round = 1; !failure && round < 6; round += 1) {
        session.endWorker();
        while (!failure && session.recovered < round) {
          await background.update({}).catch((cause: unknown) => {
            failure = cause;
          });
          await pause(50);
        }
      }
      if (!(failure instanceof CycloramaError) || failure.code !== 'worker')
        throw new Error(`it stopped with ${String(failure)}`);
      await session.expectOutcome('hidden', 8);
    },
    until: ({ output }) => output.readyState === 'ended',
    options: {},
  },
  'destroyed while a video is put behind the person': {
    async inject(session) {
      const { background } = session;
      const change = background.setEffect({ kind: 'video', source: clipUrl }).catch((cause) => cause);
      // Once it has a frame, it becomes the background.
      await session.until('the video has a frame', () => openVideos().some(hasFrame));
      await Promise.all([change, background.destroy()]);
      await session.expectOutcome('hidden', 8);
    },
    until: (session) => session.output.readyState === 'ended' && openVideos().length === 0,
    options: {},
  },
};

/** A change from `none` that fails: the camera, which was shown before, must stay hidden. */
function afterCamera(failure: string, change: (session: Session) => Promise<boolean>): Fault {
  return {
    async inject(session) {
      await session.showCamera();
      const cause: unknown = await change(session).then(
        () => 'nothing',
        (cause: unknown) => cause,
      );
      const name = cause instanceof CycloramaError ? cause.code : cause instanceof Error ? cause.name : cause;
      if (name !== failure) throw new Error(`the change ended with ${String(name)}, not ${failure}`);
      await session.expectOutcome('hidden', 3);
      await session.readTrack();
      await session.expectNoPerson(300);
      await session.background.setEffect(GRAY);
    },
    until: continuesInGray,
  };
}

let bytes: Promise<ArrayBuffer> | undefined;

function model(): Promise<ArrayBuffer> {
  bytes ??= fetch(modelUrl).then((response) => response.arrayBuffer());
  return bytes;
}

/** A track that never has a frame. */
function silentTrack(): MediaStreamTrack {
  const [track] = document.createElement('canvas').captureStream(0).getVideoTracks();
  if (!track) throw new Error('the canvas gave no track');
  return track;
}

function hasFrame({ readyState }: HTMLVideoElement): boolean {
  return readyState >= HTMLMediaElement.HAVE_CURRENT_DATA;
}
