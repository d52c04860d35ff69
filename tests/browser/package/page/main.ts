/** Does with the built package what an app does, for a test that watches what the browser makes of it. */
import { CycloramaError, type Effect, type OutputFrame, VirtualBackground } from 'cyclorama';
import clip from '../../../../demo-chime/public/clip.webm?url';
import picture from '../../../../demo-chime/public/hills.jpg?url';
import { countMarker, cut, meanDifference, PERSON, paintScene } from '../../sdk/scene.ts';

/** What came of one effect. */
export interface Shown {
  outcome: OutputFrame['outcome'];
  /** The fraction of the frame that is the wall behind the person, as the camera sees it. */
  wall: number;
  /** Mean difference from the camera where the person is, in levels of 0 to 255. */
  person: number;
}

const SIZE = [640, 360] as const;

/**
 * Shows the scene with every kind of effect on one backend, and then as a track; by the effect's name. Of each effect the first two
 * frames are shown, of the track one.
 */
async function tryAll(backend: 'webgpu' | 'webgl'): Promise<Record<string, Shown[]>> {
  const camera = await paintScene(...SIZE);
  const [video, file] = await Promise.all(
    [clip, picture].map(async (url) => (await fetch(url)).blob() as Promise<Blob>),
  );
  if (!video || !file) throw new Error('there is nothing to show');
  const addresses = [video, file].map((blob) => URL.createObjectURL(blob)) as [string, string];
  const effects: Record<string, Effect> = {
    blur: { kind: 'blur', strength: 'high' },
    image: { kind: 'image', source: picture },
    video: { kind: 'video', source: video },
    'image of a file': { kind: 'image', source: addresses[1] },
    'image of data': { kind: 'image', source: await dataOf(file) },
    'video of a file': { kind: 'video', source: addresses[0] },
    none: { kind: 'none' },
  };
  const background = await VirtualBackground.create({ backend, onFailure: 'hide', quality: 'high' });
  const found: Record<string, Shown[]> = {};
  for (const [name, effect] of Object.entries(effects)) {
    await background.setEffect(effect);
    found[name] = [];
    for (let frame = 0; frame < 2; frame += 1) {
      const { image, outcome } = await background.processFrame(camera);
      found[name].push({ outcome, ...look(image, camera) });
      image.close();
    }
  }
  await background.setEffect({ kind: 'color', color: '#204080' });
  found.track = [{ outcome: 'processed', ...(await lookAtTrack(background, camera)) }];
  if ((await background.metrics()).backend !== backend) throw new Error(`${backend} was given up`);
  await background.destroy();
  return found;
}

/** What is in a file, as an address. */
async function dataOf(file: Blob): Promise<string> {
  const reader = new FileReader();
  reader.readAsDataURL(file);
  await new Promise((resolve) => reader.addEventListener('load', resolve, { once: true }));
  return String(reader.result);
}

async function lookAtTrack(background: VirtualBackground, camera: HTMLCanvasElement): Promise<Sight> {
  const [source] = camera.captureStream(5).getVideoTracks();
  if (!source) throw new Error('a canvas gives no track');
  // A canvas gives a frame when it is drawn to.
  const drawing = setInterval(() => camera.getContext('2d')?.drawImage(camera, 0, 0), 200);
  const video = document.createElement('video');
  video.muted = true;
  video.srcObject = new MediaStream([await background.processTrack(source)]);
  await video.play();
  const before = (await background.metrics()).frames.processed;
  while ((await background.metrics()).frames.processed < before + 3) {
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  await new Promise((resolve) => video.requestVideoFrameCallback(resolve));
  clearInterval(drawing);
  const sight = look(video, camera);
  source.stop();
  video.srcObject = null;
  return sight;
}

type Sight = Omit<Shown, 'outcome'>;

function look(image: CanvasImageSource, camera: HTMLCanvasElement): Sight {
  const [seen, given] = [pixelsOf(image), pixelsOf(camera)];
  return {
    wall: countMarker(seen) / (SIZE[0] * SIZE[1]),
    person: Math.max(...PERSON.map((region) => meanDifference(cut(seen, region), cut(given, region)))),
  };
}

function pixelsOf(image: CanvasImageSource): ImageData {
  const context = new OffscreenCanvas(...SIZE).getContext('2d');
  if (!context) throw new Error('there is no 2D canvas');
  context.drawImage(image, 0, 0, ...SIZE);
  return context.getImageData(0, 0, ...SIZE);
}

/** Starts and ends on one backend; the code and message of the error that comes of it, if one does. */
async function tryStart(backend: 'webgpu' | 'webgl'): Promise<{ code: string; message: string } | undefined> {
  try {
    const background = await VirtualBackground.create({ backend });
    await background.destroy();
    return undefined;
  } catch (error) {
    const code = error instanceof CycloramaError ? error.code : 'unknown';
    return { code, message: String(error) };
  }
}

const actions = { tryAll, tryStart };
/** What a test can do on the page. */
export type Actions = typeof actions;
Object.assign(globalThis, actions);
