/** Single frames: every source, every effect, pause and end. */
import {
  type Backend,
  type BackendChoice,
  type Effect,
  type OutputFrame,
  VirtualBackground,
} from 'cyclorama';
import clip from '../../../../demo-chime/public/clip.webm?url';
import hills from '../../../../demo-chime/public/hills.jpg?url';
import { backOf, type FrameContent, inspectFrame, pixelsOf } from './frame-content.ts';
import { paint } from './scenes.ts';
import { sources } from './sources.ts';

/** One output frame. */
export interface Shown extends FrameContent {
  outcome: OutputFrame['outcome'];
}

/** The results for one source: two consecutive frames. */
export interface SourceReport {
  /** For an encoded source: how far the person is from the browser's own drawing of it, in levels. */
  drawn?: number;
  /** The pixel format, if the source is a `VideoFrame`. */
  format?: string;
  shown: Shown[];
  /** Why the engine cannot make such a source. */
  missing?: string;
}

/** The results for one effect: the first two frames after `setEffect` resolves. */
export interface EffectReport {
  shown: Shown[];
  /** For each frame the expected mean color of the wall's area, as in {@link FrameContent.back}. */
  expected: number[][];
}

export interface FramesReport {
  backend: Backend;
  /** By the source's name. The first frame of the first source is the first that the engine makes. */
  sources: Record<string, SourceReport>;
  /** By the effect's name. */
  effects: Record<string, EffectReport>;
  /** With a color and with a blur: the last frame before `pause()`, the first two after it, the first after `resume()`. */
  pauses: Record<string, Shown[]>;
  /** The frame that was submitted after `destroy()`. */
  destroyed: Shown;
  /** The messages of all `error` events. */
  errors: string[];
}

const BLUE: Effect = { kind: 'color', color: '#2040c0' };
const BLUE_LEVELS = [32, 64, 192, 255];

/** Frames come from two cameras in turn, so that a repeated previous frame is always wrong. */
const TURNS = ['a', 'b'] as const;

export async function frames(options: { worker: boolean; backend: BackendChoice }): Promise<FramesReport> {
  const cameras = { a: await paint('a'), b: await paint('b') };
  const pixels = { a: pixelsOf(cameras.a), b: pixelsOf(cameras.b) };
  const background = await VirtualBackground.create({ ...options, effect: BLUE, quality: 'high' });
  const errors: string[] = [];
  background.addEventListener('error', ({ detail }) => errors.push(`${detail.code}: ${detail.message}`));

  const show = async (source: Parameters<VirtualBackground['processFrame']>[0], camera: ImageData) => {
    const { image, outcome } = await background.processFrame(source);
    const shown: Shown = { outcome, ...inspectFrame(image, camera) };
    image.close();
    return shown;
  };
  const showEach = async () => {
    const shown: Shown[] = [];
    for (const turn of TURNS) shown.push(await show(cameras[turn], pixels[turn]));
    return shown;
  };

  const bySource: Record<string, SourceReport> = {};
  for (const [name, make] of Object.entries(sources)) {
    const report: SourceReport = { shown: [] };
    bySource[name] = report;
    for (const turn of TURNS) {
      try {
        const source = await make(cameras[turn]);
        if ('format' in source) report.format = String(source.format);
        report.shown.push(await show(source, pixels[turn]));
        if ('close' in source) source.close();
      } catch (cause) {
        report.missing = String(cause);
      }
    }
  }
  bySource['a <video>'] = await showVideo(show, pixels.a);

  const byEffect: Record<string, EffectReport> = {};
  for (const [name, { effect, expected }] of Object.entries(await effectsOn([pixels.a, pixels.b]))) {
    await background.setEffect(effect);
    byEffect[name] = { shown: await showEach(), expected };
  }

  const pauses: Record<string, Shown[]> = {};
  for (const effect of [BLUE, { kind: 'blur', strength: 'high' }] as const) {
    await background.setEffect(effect);
    const shown = [await show(cameras.b, pixels.b)];
    await background.pause();
    shown.push(...(await showEach()));
    await background.resume();
    shown.push(await show(cameras.a, pixels.a));
    pauses[effect.kind] = shown;
  }

  const { backend } = background;
  await background.destroy();
  const destroyed = await show(cameras.a, pixels.a);
  return { backend, sources: bySource, effects: byEffect, pauses, destroyed, errors };
}

/** Plays the scene as an encoded file. */
async function showVideo(
  show: (video: HTMLVideoElement, camera: ImageData) => Promise<Shown>,
  camera: ImageData,
): Promise<SourceReport> {
  return playing(await (await fetch('scene.mp4')).blob(), async (video) => {
    const shown = [await show(video, camera), await show(video, camera)];
    const { person: drawn } = await show(video, pixelsOf(video));
    return { shown, drawn };
  });
}

/** Passes on a video that plays and has a frame to show. */
async function playing<Result>(
  film: Blob,
  work: (video: HTMLVideoElement) => Promise<Result>,
): Promise<Result> {
  const url = URL.createObjectURL(film);
  const video = Object.assign(document.createElement('video'), { muted: true, loop: true, src: url });
  document.body.append(video);
  try {
    const frame = () => new Promise((resolve) => video.requestVideoFrameCallback(resolve));
    await Promise.all([frame(), video.play()]);
    // WebKitGTK may have nothing to draw yet when it reports the first frame.
    while (backOf(pixelsOf(video))[3] !== 255) await frame();
    return await work(video);
  } finally {
    video.remove();
    URL.revokeObjectURL(url);
  }
}

/** Each kind of effect, and for each camera the expected color of the wall's area. */
async function effectsOn(
  cameras: ImageData[],
): Promise<Record<string, { effect: Effect; expected: number[][] }>> {
  const film = await (await fetch(clip)).blob();
  const always = (back: number[]) => cameras.map(() => back);
  return {
    blur: { effect: { kind: 'blur', strength: 'high' }, expected: cameras.map(mixtureOf) },
    image: {
      effect: { kind: 'image', source: hills, fit: 'fill' },
      expected: always(await backOfImage(hills)),
    },
    color: { effect: BLUE, expected: always(BLUE_LEVELS) },
    video: {
      effect: { kind: 'video', source: film, fit: 'fill' },
      expected: always(await playing(film, async (video) => backOf(pixelsOf(video)))),
    },
    transparent: { effect: { kind: 'transparent' }, expected: always([0, 0, 0, 0]) },
    none: { effect: { kind: 'none' }, expected: cameras.map(backOf) },
  };
}

/** The wall's color after a strong blur: half of each channel is on, and levels are the light to the power 1 / 2.2. */
function mixtureOf(camera: ImageData): number[] {
  const [red = 0, green = 0, blue = 0] = backOf(camera);
  return [...[red, green, blue].map((mean) => 2 * mean * 0.5 ** (1 / 2.2)), 255];
}

async function backOfImage(url: string): Promise<number[]> {
  return backOf(pixelsOf(await createImageBitmap(await (await fetch(url)).blob())));
}
