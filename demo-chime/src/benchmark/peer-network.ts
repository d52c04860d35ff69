import type {
  BenchmarkModel,
  Candidate,
  FrameFigures,
  Mask,
  Network,
  Peer,
  PeerEntry,
  PeerNetwork,
  PreparedFrame,
  Variant,
} from './systems';

/** What another system can run of what was chosen. */
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
        open: async (signal) => new Peers(await peer.open(model, backend, signal)),
      }),
    ),
  );
}

/** A network of another system, measured as ours are: awaited frame by frame, until its mask can be read. */
class Peers implements Network {
  readonly #network: PeerNetwork;
  #variant: Variant | undefined;
  #collected: { variant: Variant; figures: FrameFigures }[] = [];

  constructor(network: PeerNetwork) {
    this.#network = network;
  }

  get modelSize(): readonly [number, number] {
    return this.#network.modelSize;
  }

  async set(variant: Variant): Promise<void> {
    this.#variant = variant;
  }

  async warm(frame: PreparedFrame): Promise<void> {
    await this.#network.infer(frame);
  }

  async single(frame: PreparedFrame): Promise<void> {
    const start = performance.now();
    const { inference, segmentation } = await this.#network.infer(frame);
    const stopwatch = performance.now() - start;
    if (!this.#variant) return;
    this.#collected.push({
      variant: this.#variant,
      figures: {
        ...(inference !== undefined && { inference: [inference, 'completed'] }),
        segmentation: [segmentation, 'completed'],
        stopwatch,
        at: start,
      },
    });
  }

  async stretch(frames: readonly PreparedFrame[], seconds: number, signal: AbortSignal): Promise<number> {
    const start = performance.now();
    let done = 0;
    let now = start;
    do {
      const frame = frames[done % frames.length];
      if (!frame) throw new Error('there are no frames');
      await this.#network.infer(frame);
      signal.throwIfAborted();
      done += 1;
      now = performance.now();
    } while (now - start < seconds * 1000);
    return (done * 1000) / (now - start);
  }

  collect(): { variant: Variant; figures: FrameFigures }[] {
    const collected = this.#collected;
    this.#collected = [];
    return collected;
  }

  async settle(): Promise<void> {}

  async cut(frame: PreparedFrame): Promise<{ mask: Mask; person: undefined }> {
    return { mask: (await this.#network.infer(frame)).mask, person: undefined };
  }

  refused(): readonly string[] {
    return this.#network.refused?.() ?? [];
  }

  async close(): Promise<void> {
    await this.#network.close();
  }
}
