/** Uses the built package as an app does. A test watches how the browser responds. */
import { type Backend, CycloramaError, type Effect, type OutputFrame, VirtualBackground } from 'cyclorama';
import clip from '../../../../demo-chime/public/clip.webm?url';
import image from '../../../../demo-chime/public/hills.jpg?url';
import { countMarker, cut, meanDifference, PERSON, paintScene } from '../../sdk/helpers/scene.ts';

/** The result for one frame. */
export interface Shown {
  outcome: OutputFrame['outcome'];
  /** The fraction of the frame that shows the wall behind the person, as the camera sees it. */
  wall: number;
  /** Mean difference from the camera in the person's area, in levels of 0 to 255. */
  person: number;
}

const SIZE = [640, 360] as const;

/**
 * Processes the scene with every kind of effect on one backend, and then as a track. Returns two frames for each effect and one
 * for the track, by name.
 */
async function tryAll(backend: Backend): Promise<Record<string, Shown[]>> {
  const camera = await paintScene(...SIZE);
  const [video, file] = await Promise.all(
    [clip, image].map(async (url) => (await fetch(url)).blob() as Promise<Blob>),
  );
  if (!video || !file) throw new Error('there is nothing to show');
  const urls = [video, file].map((blob) => URL.createObjectURL(blob)) as [string, string];
  const effects: Record<string, Effect> = {
    blur: { kind: 'blur', strength: 'high' },
    image: { kind: 'image', source: image },
    video: { kind: 'video', source: video },
    'image of a file': { kind: 'image', source: urls[1] },
    'image of data': { kind: 'image', source: await dataOf(file) },
    'video of a file': { kind: 'video', source: urls[0] },
    none: { kind: 'none' },
  };
  const background = await VirtualBackground.create({ backend, onFailure: 'hide', quality: 'high' });
  const found: Record<string, Shown[]> = {};
  for (const [name, effect] of Object.entries(effects)) {
    await background.setEffect(effect);
    found[name] = [];
    for (let frame = 0; frame < 2; frame += 1) {
      const { image, outcome } = await background.processFrame(camera);
      found[name].push({ outcome, ...inspectFrame(image, camera) });
      image.close();
    }
  }
  await background.setEffect({ kind: 'color', color: '#204080' });
  found.track = [{ outcome: 'processed', ...(await inspectTrack(background, camera)) }];
  if ((await background.metrics()).backend !== backend) throw new Error(`${backend} was replaced`);
  await background.destroy();
  return found;
}

/** The content of a file as a `data:` URL. */
async function dataOf(file: Blob): Promise<string> {
  const reader = new FileReader();
  reader.readAsDataURL(file);
  await new Promise((resolve) => reader.addEventListener('load', resolve, { once: true }));
  return String(reader.result);
}

async function inspectTrack(background: VirtualBackground, camera: HTMLCanvasElement): Promise<FrameContent> {
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
  const content = inspectFrame(video, camera);
  source.stop();
  video.srcObject = null;
  return content;
}

type FrameContent = Omit<Shown, 'outcome'>;

function inspectFrame(image: CanvasImageSource, camera: HTMLCanvasElement): FrameContent {
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

/** Starts and destroys a background on one backend. Returns the code and message of the error, if there is one. */
async function tryStart(backend: Backend): Promise<{ code: string; message: string } | undefined> {
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
/** What a test can call on the page. */
export type Actions = typeof actions;
Object.assign(globalThis, actions);
