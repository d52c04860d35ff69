import { cameraFrame } from '../sdk/helpers/scene.js';
import { ChangingCamera } from './changing-camera.js';
import { continuesInGray, type Fault, fail, pause, recovered, type Session } from './fault-session.js';

/** Frames that the browser does not deliver, or that it cannot create, and cameras whose frames change. */
export const faultsOfFrames: Record<string, Fault> = {
  'pixels that never come': {
    inject: copied('hang-copy'),
    until: recovered,
    options: {},
    backends: ['webgpu', 'cpu'],
  },
  'pixels that the browser refuses': {
    inject: copied('refuse-copy'),
    until: continuesInGray,
    backends: ['webgpu', 'cpu'],
  },
  'pixels of a wrong length': {
    inject: copied('wrong-length'),
    until: continuesInGray,
    backends: ['webgpu', 'cpu'],
  },
  'pixels that come late, and another model meanwhile': {
    async inject(session) {
      await session.fail('delay-copy');
      await session.background.setModel('selfie_segmentation');
      await session.background.setModel('selfie_segmentation_landscape');
    },
    until: continuesInGray,
    backends: ['cpu'],
  },
  'pixels that come late, and another size meanwhile': {
    async inject(session) {
      await session.fail('delay-copy');
      session.resize(480, 270);
      await pause(1500);
      session.resize(320, 180);
    },
    until: continuesInGray,
    backends: ['cpu'],
  },
  'pixels that come after the camera was switched off': {
    async inject(session) {
      await session.until('the person is seen', () => session.showsPerson());
      await session.fail('delay-copy');
      await pause(300);
      session.camera.track.enabled = false;
      await session.until('frames are black', () => session.showsBlack());
      await session.expectNoPerson(1500);
      session.camera.track.enabled = true;
    },
    until: continuesInGray,
    backends: ['cpu'],
  },
  'memory that grows while a frame is copied': {
    inject: copied('grow-memory'),
    until: continuesInGray,
    backends: ['cpu'],
  },
  'memory that is used up, and a greater frame': {
    async inject(session) {
      await session.fail('use-up-memory');
      session.resize(1920, 1080);
      await session.until('the module has crashed', () => session.errors.includes('internal'));
      session.resize(320, 180);
    },
    until: recovered,
    options: {},
    backends: ['cpu'],
  },
  'frames that the worker cannot create': { inject: fail('refuse-frames'), until: continuesInGray },
  'a result that the worker cannot send': {
    async inject(session) {
      await session.fail('refuse-message');
      await session.processOne();
    },
    until: continuesInGray,
  },
  'a frame that the app closes at once': {
    async inject({ background }) {
      const frame = cameraFrame(320, 180);
      const processing = background.processFrame(frame);
      frame.close();
      (await processing).image.close();
    },
    until: continuesInGray,
  },
  'a camera whose frames change their format, size and rotation': {
    async inject(session) {
      const camera = await ChangingCamera.open();
      await session.connect(camera.track);
      await session.until('the person is seen', () => session.showsPerson());
      await session.expectNever('the person is missing', () => !session.showsPerson(), 4000);
      camera.close();
      await session.connect(session.camera.swap());
    },
    until: continuesInGray,
    options: {},
  },
  'pixels that the browser refuses, on the page': {
    inject: copied('refuse-copy'),
    until: continuesInGray,
    options: { worker: false },
    backends: ['cpu'],
  },
  'a WebAssembly crash on the page': {
    inject: fail('crash'),
    until: recovered,
    options: { worker: false },
    backends: ['cpu'],
  },
};

/** Causes a failure of a copy, and submits a frame whose pixels every backend copies from memory. */
function copied(failure: 'hang-copy' | 'refuse-copy' | 'wrong-length' | 'grow-memory') {
  return async (session: Session) => {
    await session.fail(failure);
    // Backends may draw frames of a canvas instead.
    const frame = cameraFrame(320, 180);
    (await session.background.processFrame(frame)).image.close();
    frame.close();
  };
}
