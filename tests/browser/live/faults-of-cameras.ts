import { CycloramaError } from '../../../ts/src/index.js';
import { continues, continuesInGray, type Fault, type Session } from './fault-session.js';

/** How long a camera is off, in milliseconds: longer than any check of the camera or of its frames' masks takes. */
const OFF = 1500;

/** Cameras that change, and cameras that are off. */
export const faultsOfCameras: Record<string, Fault> = {
  'another size': { inject: (session) => session.resize(480, 270), until: continues },
  'the camera turned': { inject: (session) => session.resize(270, 480), until: continues },
  'turned back': { inject: (session) => session.resize(320, 180), until: continues },
  'another camera': { inject: (session) => session.connect(session.camera.swap()), until: continues },
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
    until: continuesInGray,
    options: {},
  },
  'a camera that is off from the start': {
    async inject(session) {
      await stayBlack(session);
      session.camera.track.enabled = true;
    },
    until: continuesInGray,
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
    until: continuesInGray,
  },
  'a camera that is switched off and on under a muted output': {
    async inject(session) {
      const { output, camera } = session;
      output.enabled = false;
      camera.track.enabled = false;
      await session.until('frames are black', () => session.showsBlack());
      await session.expectNoPerson(600);
      camera.track.enabled = true;
      await session.expectNoPerson(900);
      if (output.enabled) throw new Error('the output that the app muted was switched on');
      output.enabled = true;
    },
    until: continuesInGray,
  },
};

/** Rejects if a camera that is off shows anything, or if its masks are reported as strange. */
async function stayBlack(session: Session): Promise<void> {
  await session.until('frames are black', () => session.showsBlack());
  await session.expectNoPerson(OFF);
  if (session.errors.length > 0) throw new Error(`unexpected error of code ${session.errors.join()}`);
}
