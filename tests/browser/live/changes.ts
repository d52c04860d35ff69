import clipUrl from '../../../demo-chime/public/clip.webm?url';
import { type Backend, type Effect, VirtualBackground } from '../../../ts/src/index.js';
import imageUrl from '../../data/astronaut.png?url';
import { paintScene } from '../sdk/helpers/scene.js';

/** The last effect of a run of changes. */
const LAST = { kind: 'color', color: '#0a5c36' } as const;
const SIZE = [160, 90] as const;

/** The result of a run of changes. */
export interface ChangesReport {
  /** How many changes took effect, and how many were superseded. */
  made: number;
  overtaken: number;
  /** The frames that were processed meanwhile, and those among them that were not composited. */
  frames: number;
  others: number;
  /** Red, green and blue of the left edge at the end, where no person is. */
  edge: number[];
}

let background: VirtualBackground | undefined;

/**
 * Creates the background whose effect {@link changeEffects} changes. It runs on the page, because a copy in a worker is counted
 * only where it is closed.
 */
export async function openChanges(backend: Backend): Promise<void> {
  background = await VirtualBackground.create({ backend, quality: 'high', effect: LAST, worker: false });
}

export async function closeChanges(): Promise<void> {
  await background?.destroy();
  background = undefined;
}

/** Changes the effect `count` times while frames flow, through all kinds of effects and sources. */
export async function changeEffects(count: number): Promise<ChangesReport> {
  if (!background) throw new Error('openChanges() has created no background');
  const changed = background;
  const camera = await paintScene(...SIZE);
  const effects = await effectsOfEveryKind();
  let over = false;
  const flow = (async () => {
    let [frames, others] = [0, 0];
    while (!over) {
      const { image, outcome } = await changed.processFrame(camera, { frameRate: 30 });
      image.close();
      frames += 1;
      if (outcome !== 'processed') others += 1;
      // The changes need the time, not the frames.
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return { frames, others };
  })();
  const changes: Promise<boolean>[] = [];
  for (let index = 0; index < count; index += 1) {
    const change = changed.setEffect(effects[index % effects.length] as Effect);
    changes.push(change);
    // Every third change is pending when the next one starts.
    if (index % 3 > 0) await change;
  }
  changes.push(changed.setEffect(LAST));
  const results = await Promise.all(changes);
  over = true;
  const { frames, others } = await flow;
  const made = results.filter((result) => result).length;
  const edge = edgeOf(await changed.processFrame(camera));
  return { made, overtaken: results.length - made, frames, others, edge };
}

async function effectsOfEveryKind(): Promise<Effect[]> {
  const fetched = [imageUrl, clipUrl].map(async (url) => (await fetch(url)).blob());
  const [image, clip] = (await Promise.all(fetched)) as [Blob, Blob];
  return [
    { kind: 'blur', strength: 'high' },
    { kind: 'color', color: '#800000' },
    { kind: 'image', source: image },
    { kind: 'video', source: clip },
    { kind: 'transparent' },
    { kind: 'image', source: imageUrl },
    { kind: 'video', source: clipUrl },
  ];
}

function edgeOf({ image, width, height }: { image: ImageBitmap; width: number; height: number }): number[] {
  const context = new OffscreenCanvas(width, height).getContext('2d');
  if (!context) throw new Error('the canvas has no 2D context to read pixels with');
  context.drawImage(image, 0, 0);
  image.close();
  return [...context.getImageData(0, height >> 1, 1, 1).data.subarray(0, 3)];
}
