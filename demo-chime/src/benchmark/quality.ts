import load, { compare } from '../../wasm/cyclorama_quality';
import moduleUrl from '../../wasm/cyclorama_quality_bg.wasm?url';
import type { BenchmarkEngine, Candidate, Mask, PreparedFrame, Variant } from './engines';
import { grayImage, redChannelOf } from './mask-image';
import type { Row } from './report';
import { sizeName } from './report';

/** The number of frames whose masks are evaluated, spread over all frames. */
const EVALUATED_FRAMES = 3;

/** The source of the reference masks. */
export type Reference =
  | {
      kind: 'model';
      /** The reference if the run measures it. */
      measured: Candidate | undefined;
      /** The reference to open if the run does not measure it. */
      otherwise: Candidate;
    }
  | {
      kind: 'given';
      /** Ground truth: a mask for each frame, by `sizeName`. */
      masks: ReadonlyMap<string, readonly Mask[]>;
    };

/** A mask, and the person on a transparent background. */
interface Segmented {
  mask: Mask;
  person: ImageBitmap | undefined;
}

/** Compares masks with those of the reference, by the metrics of `rust/quality`. */
export class MaskEvaluator {
  readonly #reference: Reference;
  /** The reference masks, by size and index of the frame. */
  readonly #masks = new Map<string, Mask>();
  #name = '';
  /** The candidate that is itself the reference. */
  #self: Candidate | undefined;
  #prepared = false;

  constructor(reference: Reference) {
    this.#reference = reference;
  }

  isReference(candidate: Candidate): boolean {
    return this.#reference.kind === 'model' && this.#reference.measured === candidate;
  }

  /** Makes the reference masks, once. `opened` is the reference's engine if it is open. */
  async prepare(
    sizes: readonly { input: Variant['input']; frames: readonly PreparedFrame[] }[],
    opened: BenchmarkEngine | undefined,
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
    const candidate = opened && reference.measured ? reference.measured : reference.otherwise;
    if (opened) this.#self = candidate;
    const { model, backend, precision } = candidate;
    this.#name = `${model.name}, guided, ${backend} ${precision}`;
    const engine = opened ?? (await candidate.open(signal));
    try {
      for (const { input, frames } of sizes) {
        await engine.set({ refinement: 'guided', input });
        for (const index of evaluatedIndices(frames)) {
          signal.throwIfAborted();
          const frame = frames[index];
          if (!frame) continue;
          const { mask, person } = await engine.segment(frame);
          person?.close();
          this.#masks.set(`${sizeName(input)} ${index}`, mask);
        }
      }
    } finally {
      if (!opened) await engine.close();
    }
  }

  /** Evaluates an engine's masks. Returns one of them, of the frame `index`. */
  async evaluate(
    engine: BenchmarkEngine,
    candidate: Candidate,
    { input, refinement }: Variant,
    frames: readonly PreparedFrame[],
  ): Promise<{ quality: Row['quality']; segmented: Segmented; index: number }> {
    const indices = evaluatedIndices(frames);
    const middle = indices[Math.floor(indices.length / 2)] ?? 0;
    const agreements: { iou: number; boundaryF: number }[] = [];
    let shown: Segmented | undefined;
    for (const index of indices) {
      const frame = frames[index];
      if (!frame) continue;
      const segmented = await engine.segment(frame);
      const truth = this.#masks.get(`${sizeName(input)} ${index}`);
      if (truth) agreements.push(agree(resized(segmented.mask, truth), truth));
      if (index === middle) shown = segmented;
      else segmented.person?.close();
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
    return { quality, segmented: shown, index: middle };
  }
}

/** Fetches the module as bytes: browsers compile a response only if its type is `application/wasm`. */
async function fetchModule(): Promise<ArrayBuffer> {
  const response = await fetch(moduleUrl);
  if (!response.ok) {
    throw new Error(`the module that evaluates masks could not be fetched: HTTP status ${response.status}`);
  }
  return response.arrayBuffer();
}

/** The indices of the frames whose masks are evaluated. */
function evaluatedIndices(frames: readonly PreparedFrame[]): number[] {
  const count = Math.min(EVALUATED_FRAMES, frames.length);
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

/** Resizes a mask with the bilinear scaling of the browser. */
function resized(mask: Mask, { width, height }: Mask): Mask {
  if (mask.width === width && mask.height === height) return mask;
  const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
  if (!context) throw new Error('the browser provides no 2D context to scale a mask');
  context.drawImage(grayImage(mask), 0, 0, width, height);
  return redChannelOf(context, width, height);
}
