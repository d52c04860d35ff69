import { CycloramaError } from '../../../ts/src/index.js';
import { type Fault, goesOn, goesOnInGrey, type Session } from './fault-session.js';

/** For so long a camera is off, in milliseconds: longer than any look at it or at the masks of its frames takes to come. */
const OFF = 1500;

/** Cameras that change, and cameras that are off. */
export const faultsOfCameras: Record<string, Fault> = {
  'another size': { inject: (session) => session.resize(480, 270), until: goesOn },
  'the camera turned': { inject: (session) => session.resize(270, 480), until: goesOn },
  'turned back': { inject: (session) => session.resize(320, 180), until: goesOn },
  'another camera': { inject: (session) => session.connect(session.camera.swap()), until: goesOn },
  'two cameras at once, of which the first ends': {
    async inject(session) {
      const { background, camera } = session;
      const [first, second] = [camera.swap(), camera.swap()];
      const connecting = background.processTrack(first).catch((cause: unknown) => cause);
      const following = session.connect(second);
      first.stop();
      const [came] = await Promise.all([connecting, following]);
      const isNamed = came instanceof CycloramaError && came.code === 'option';
      if (!isNamed && !(came instanceof MediaStreamTrack)) throw came;
    },
    until: goesOnInGrey,
    options: {},
  },
  'a camera that is off from the start': {
    async inject(session) {
      await stayBlack(session);
      session.camera.track.enabled = true;
    },
    until: goesOnInGrey,
    options: {},
    cameraOff: true,
  },
  'a camera that is switched off and on': {
    async inject(session) {
      await session.until('the person is seen', () => session.showsPerson());
      session.camera.track.enabled = false;
      await stayBlack(session);
      session.camera.track.enabled = true;
    },
    until: goesOnInGrey,
  },
  'a camera that is switched off and on under a muted output': {
    async inject(session) {
      const { output, camera } = session;
      output.enabled = false;
      camera.track.enabled = false;
      await session.until('frames are black', () => session.showsBlack());
      await session.expectNobody(600);
      camera.track.enabled = true;
      await session.expectNobody(900);
      if (output.enabled) throw new Error('what the app has muted was switched on');
      output.enabled = true;
    },
    until: goesOnInGrey,
  },
};

/** Rejects where a camera that is off shows anything, or is said to have strange masks. */
async function stayBlack(session: Session): Promise<void> {
  await session.until('frames are black', () => session.showsBlack());
  await session.expectNobody(OFF);
  if (session.errors.length > 0) throw new Error(`there was an error of code ${session.errors.join()}`);
}
