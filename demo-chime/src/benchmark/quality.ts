import load, { compare } from '../../wasm/cyclorama_quality';
import moduleUrl from '../../wasm/cyclorama_quality_bg.wasm?url';
import type { Row } from './report';
import { sizeName } from './report';
import type { Candidate, Mask, Network, PreparedFrame, Variant } from './systems';

/** Frames that masks are judged by, spread over those that there are. */
const JUDGED_FRAMES = 3;

/** Where masks that the others are held against come from. */
export type Reference =
  | {
      kind: 'network';
      /** The one that serves where it is measured anyway. */
      measured: Candidate | undefined;
      /** The one that is opened for this alone, where it is not. */
      otherwise: Candidate;
    }
  | {
      kind: 'given';
      /** A mask for each frame, by `sizeName`. */
      masks: ReadonlyMap<string, readonly Mask[]>;
    };

/** A mask, and the person cut out by it. */
interface Cut {
  mask: Mask;
  person: ImageBitmap | undefined;
}

/** Holds masks against those of the reference, by the figures of `rust/quality`. */
export class Judge {
  readonly #reference: Reference;
  /** The reference's masks, by size and number of the frame. */
  readonly #masks = new Map<string, Mask>();
  #name = '';
  /** The row that is the reference itself. */
  #self: Candidate | undefined;
  #prepared = false;

  constructor(reference: Reference) {
    this.#reference = reference;
  }

  isReference(candidate: Candidate): boolean {
    return this.#reference.kind === 'network' && this.#reference.measured === candidate;
  }

  /** Makes the reference's masks, once; `network` is the reference where it is open. */
  async prepare(
    sizes: readonly { input: Variant['input']; frames: readonly PreparedFrame[] }[],
    network: Network | undefined,
    signal: AbortSignal,
  ): Promise<void> {
    if (this.#prepared) return;
    await load({ module_or_path: await fetchModule() });
    this.#prepared = true;
    const reference = this.#reference;
    if (reference.kind === 'given') {
      this.#name = 'given masks';
      for (const [size, masks] of reference.masks) {
        for (const [index, mask] of masks.entries()) this.#masks.set(`${size} ${index}`, mask);
      }
      return;
    }
    const candidate = network && reference.measured ? reference.measured : reference.otherwise;
    if (network) this.#self = candidate;
    const { model, backend, precision } = candidate;
    this.#name = `${model.name}, guided, ${backend} ${precision}`;
    const judge = network ?? (await candidate.open(signal));
    try {
      for (const { input, frames } of sizes) {
        await judge.set({ refinement: 'guided', input });
        for (const index of judged(frames)) {
          signal.throwIfAborted();
          const frame = frames[index];
          if (!frame) continue;
          const { mask, person } = await judge.cut(frame);
          person?.close();
          this.#masks.set(`${sizeName(input)} ${index}`, mask);
        }
      }
    } finally {
      if (!network) await judge.close();
    }
  }

  /** Judges a network's masks, and gives one of them: that of the frame `index`. */
  async judge(
    network: Network,
    candidate: Candidate,
    { input, refinement }: Variant,
    frames: readonly PreparedFrame[],
  ): Promise<{ quality: Row['quality']; cut: Cut; index: number }> {
    const indices = judged(frames);
    const middle = indices[Math.floor(indices.length / 2)] ?? 0;
    const agreements: { iou: number; boundaryF: number }[] = [];
    let shown: Cut | undefined;
    for (const index of indices) {
      const frame = frames[index];
      if (!frame) continue;
      const cut = await network.cut(frame);
      const truth = this.#masks.get(`${sizeName(input)} ${index}`);
      if (truth) agreements.push(agree(resized(cut.mask, truth), truth));
      if (index === middle) shown = cut;
      else cut.person?.close();
    }
    if (!shown) throw new Error('there are no frames of this size');
    const itself = candidate === this.#self && refinement === 'guided';
    const quality =
      itself || agreements.length === 0
        ? undefined
        : {
            reference: `${this.#name} (${agreements.length} ${agreements.length === 1 ? 'frame' : 'frames'})`,
            iou: mean(agreements.map(({ iou }) => iou)),
            boundaryF: mean(agreements.map(({ boundaryF }) => boundaryF)),
          };
    return { quality, cut: shown, index: middle };
  }
}

/** The module's bytes: browsers compile a response only from a server that calls it `application/wasm`. */
async function fetchModule(): Promise<ArrayBuffer> {
  const response = await fetch(moduleUrl);
  if (!response.ok) {
    throw new Error(`the module that judges masks could not be fetched: HTTP status ${response.status}`);
  }
  return response.arrayBuffer();
}

/** The numbers of the frames that are judged. */
function judged(frames: readonly PreparedFrame[]): number[] {
  const count = Math.min(JUDGED_FRAMES, frames.length);
  return Array.from({ length: count }, (_, index) => Math.floor(((index + 0.5) * frames.length) / count));
}

function agree({ width, height, levels }: Mask, truth: Mask): { iou: number; boundaryF: number } {
  const agreement = compare(width, height, levels, truth.levels);
  const { iou, boundaryF } = agreement;
  agreement.free();
  return { iou, boundaryF };
}

const mean = (values: readonly number[]) =>
  Number((values.reduce((sum, value) => sum + value, 0) / values.length).toPrecision(5));

/** A mask at another one's size, bilinear as browsers scale pictures. */
function resized(mask: Mask, { width, height }: Mask): Mask {
  if (mask.width === width && mask.height === height) return mask;
  const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
  if (!context) throw new Error('the browser gives no canvas to scale a mask with');
  context.drawImage(greyPicture(mask), 0, 0, width, height);
  return redOf(context, width, height);
}

/** A mask as a grey picture. */
export function greyPicture({ width, height, levels }: Mask): OffscreenCanvas {
  const canvas = new OffscreenCanvas(width, height);
  const data = new ImageData(width, height);
  for (const [index, level] of levels.entries()) data.data.set([level, level, level, 255], 4 * index);
  canvas.getContext('2d')?.putImageData(data, 0, 0);
  return canvas;
}

/** The red channel of what was drawn, which of a grey picture is all of it. */
export function redOf(context: OffscreenCanvasRenderingContext2D, width: number, height: number): Mask {
  const { data } = context.getImageData(0, 0, width, height);
  const levels = new Uint8Array(width * height);
  for (let index = 0; index < levels.length; index += 1) levels[index] = data[4 * index] ?? 0;
  return { width, height, levels };
}
