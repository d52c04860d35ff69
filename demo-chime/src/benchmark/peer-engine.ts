import type {
  BenchmarkEngine,
  BenchmarkModel,
  Candidate,
  FrameTimings,
  Mask,
  Peer,
  PeerEntry,
  PeerModel,
  PreparedFrame,
  Variant,
} from './engines';

/** The candidates of another engine for the chosen models and sizes. */
export function peerCandidates(
  { id }: PeerEntry,
  peer: Peer,
  models: readonly BenchmarkModel[],
  sizes: readonly Variant['input'][],
): Candidate[] {
  const variants = sizes.map((input): Variant => ({ refinement: 'none', input }));
  return peer.models(models).flatMap((model) =>
    peer.backends.map(
      (backend): Candidate => ({
        system: id,
        version: peer.version,
        model,
        backend: backend.name,
        precision: backend.precision,
        ...(backend.threads !== undefined && { threads: backend.threads }),
        variants,
        open: async (signal) => new PeerEngine(await peer.open(model, backend, signal)),
      }),
    ),
  );
}

/** A model in another engine. Like ours, it processes one frame at a time until the mask can be read. */
class PeerEngine implements BenchmarkEngine {
  readonly #model: PeerModel;
  #variant: Variant | undefined;
  #collected: { variant: Variant; timings: FrameTimings }[] = [];

  constructor(model: PeerModel) {
    this.#model = model;
  }

  get modelSize(): readonly [number, number] {
    return this.#model.modelSize;
  }

  async set(variant: Variant): Promise<void> {
    this.#variant = variant;
  }

  async warm(frame: PreparedFrame): Promise<void> {
    await this.#model.infer(frame);
  }

  async single(frame: PreparedFrame): Promise<void> {
    const start = performance.now();
    const { inference, segmentation } = await this.#model.infer(frame);
    const stopwatch = performance.now() - start;
    if (!this.#variant) return;
    this.#collected.push({
      variant: this.#variant,
      timings: {
        ...(inference !== undefined && { inference: [inference, 'completed'] }),
        segmentation: [segmentation, 'completed'],
        stopwatch,
        at: start,
      },
    });
  }

  async throughput(frames: readonly PreparedFrame[], seconds: number, signal: AbortSignal): Promise<number> {
    const start = performance.now();
    let done = 0;
    let now = start;
    do {
      const frame = frames[done % frames.length];
      if (!frame) throw new Error('there are no frames');
      await this.#model.infer(frame);
      signal.throwIfAborted();
      done += 1;
      now = performance.now();
    } while (now - start < seconds * 1000);
    return (done * 1000) / (now - start);
  }

  collect(): { variant: Variant; timings: FrameTimings }[] {
    const collected = this.#collected;
    this.#collected = [];
    return collected;
  }

  async settle(): Promise<void> {}

  async segment(frame: PreparedFrame): Promise<{ mask: Mask; person: undefined }> {
    return { mask: (await this.#model.infer(frame)).mask, person: undefined };
  }

  refused(): readonly string[] {
    return this.#model.refused?.() ?? [];
  }

  async close(): Promise<void> {
    await this.#model.close();
  }
}
