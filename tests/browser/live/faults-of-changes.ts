import clipUrl from '../../../demo-chime/public/clip.webm?url';
import modelUrl from '../../../ts/models/selfie_segmentation_landscape.tflite?url';
import { CycloramaError } from '../../../ts/src/index.js';
import { allPerson, noNumbers } from './damage.js';
import { type Fault, GREY, goesOn, goesOnInGrey, pause, type Session } from './fault-session.js';
import { openVideos, withoutAnswers } from './faulty-page.js';

/** Effects, models and options that change, that cannot be had, and that change in each other's way. */
export const faultsOfChanges: Record<string, Fault> = {
  'before the first mask': { inject: () => {}, until: goesOn, options: {} },
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
      await session.background.setEffect(GREY);
      await session.expectOutcome('processed', 3);
      await session.readTrack();
    },
    until: goesOnInGrey,
  },
  'an effect that does not load, after the camera was shown': afterCamera('asset', ({ background }) =>
    background.setEffect({ kind: 'image', source: '/nothing.png' }),
  ),
  'an effect that is given up, after the camera was shown': afterCamera('TimeoutError', ({ background }) =>
    withoutAnswers(/slow\.png/, () =>
      background.setEffect({ kind: 'image', source: '/slow.png' }, { signal: AbortSignal.timeout(100) }),
    ),
  ),
  'an effect that is none, after the camera was shown': afterCamera('option', ({ background }) =>
    background.setEffect({ kind: 'color', color: 'no colour' }),
  ),
  'an effect whose model is none, after the camera was shown': afterCamera('model', ({ background }) =>
    background.update({ effect: { kind: 'blur' }, model: new ArrayBuffer(1000) }),
  ),
  'an effect that does not load': {
    inject: async ({ background }) => {
      await background.setEffect({ kind: 'image', source: '/nothing.png' }).catch(() => {});
    },
    until: goesOnInGrey,
  },
  'forty effects at once': {
    async inject({ background }) {
      const changes = Array.from({ length: 40 }, (_, index) =>
        background.setEffect({ kind: 'color', color: `#${(index + 16).toString(16).repeat(3)}` }),
      );
      const last = await background.setEffect(GREY);
      if (!last) throw new Error('the last effect was said to be overtaken');
      // Each of the others resolves, with whether it was in force.
      await Promise.all(changes);
    },
    until: goesOnInGrey,
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
        background.update({ effect: GREY, quality: 'high' }),
        background.resume(),
      ];
      const results = await Promise.all(changes);
      if (results[6] !== true) throw new Error('the last effect was said to be overtaken');
      const { quality } = await background.metrics();
      const { refinement, outputScale } = quality;
      if (refinement !== 'bilateral' || outputScale !== 1)
        throw new Error(`a setter was lost: ${JSON.stringify(quality)}`);
    },
    until: goesOnInGrey,
    restore: async ({ background }) => {
      await background.update({ refinement: 'guided', temporalSmoothing: true });
    },
  },
  'another model': {
    inject: async ({ background }) => {
      await background.setModel('selfie_segmentation');
    },
    until: goesOn,
    restore: async ({ background }) => {
      await background.setModel('selfie_segmentation_landscape');
    },
  },
  'a model that is none': {
    inject: async ({ background }) => {
      await background.setModel(new ArrayBuffer(1000)).catch(() => {});
    },
    until: goesOn,
  },
  'a network that overflows': {
    inject: async ({ background }) => {
      await background.setModel(noNumbers(await model()));
    },
    // An adapter may make zeros of what is no number: then nobody is seen, and that is no fault of the mask.
    until: (session) => !session.showsPerson(),
    restore: async ({ background }) => {
      await background.setModel(await model());
    },
  },
  'masks that say person everywhere': {
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
    until: goesOn,
  },
};

/** What ends a background: the last ones. */
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
      let givenUp: unknown;
      for (let round = 1; !givenUp && round < 6; round += 1) {
        session.endWorker();
        while (!givenUp && session.recovered < round) {
          await background.update({}).catch((cause: unknown) => {
            givenUp = cause;
          });
          await pause(50);
        }
      }
      if (!(givenUp instanceof CycloramaError) || givenUp.code !== 'worker')
        throw new Error(`it was given up for ${String(givenUp)}`);
      await session.expectOutcome('hidden', 8);
    },
    until: ({ output }) => output.readyState === 'ended',
    options: {},
  },
  'destroyed while a video is put behind the person': {
    async inject(session) {
      const { background } = session;
      const change = background.setEffect({ kind: 'video', source: clipUrl }).catch((cause) => cause);
      // From when it has a picture on it is being put in place.
      await session.until('the video has a picture', () => openVideos().some(hasPicture));
      await Promise.all([change, background.destroy()]);
      await session.expectOutcome('hidden', 8);
    },
    until: (session) => session.output.readyState === 'ended' && openVideos().length === 0,
    options: {},
  },
};

/** A change away from the camera that fails: the camera, which was shown, has to stay hidden. */
function afterCamera(failure: string, change: (session: Session) => Promise<boolean>): Fault {
  return {
    async inject(session) {
      await session.showCamera();
      const cause: unknown = await change(session).then(
        () => 'nothing',
        (cause: unknown) => cause,
      );
      const name = cause instanceof CycloramaError ? cause.code : cause instanceof Error ? cause.name : cause;
      if (name !== failure) throw new Error(`the change met ${String(name)}, not ${failure}`);
      await session.expectOutcome('hidden', 3);
      await session.readTrack();
      await session.expectNobody(300);
      await session.background.setEffect(GREY);
    },
    until: goesOnInGrey,
  };
}

let bytes: Promise<ArrayBuffer> | undefined;

function model(): Promise<ArrayBuffer> {
  bytes ??= fetch(modelUrl).then((response) => response.arrayBuffer());
  return bytes;
}

/** A track that never has a picture. */
function silentTrack(): MediaStreamTrack {
  const [track] = document.createElement('canvas').captureStream(0).getVideoTracks();
  if (!track) throw new Error('the canvas gave no track');
  return track;
}

function hasPicture({ readyState }: HTMLVideoElement): boolean {
  return readyState >= HTMLMediaElement.HAVE_CURRENT_DATA;
}
