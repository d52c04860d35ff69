/** Replays recorded dispatches one at a time, and times them on the GPU. */

/** Target duration of the repetitions of one dispatch, in ms. It is long compared with the overhead of a pass. */
const STRETCH = 6;
const MOST_REPEATS = 4000;

/**
 * Times every dispatch of one inference.
 *
 * @param {() => Promise<unknown>} infer
 * @param {number} rounds
 * @returns {Promise<{ wholeMs: number[], dispatches: { operator: string, code: string, workgroups: number[], repeats: number,
 *   ms: number[] }[] }>} `operator` is the label of the pipeline, and `ms` the time of one execution alone, for each round.
 *   `wholeMs` is the time of all dispatches in order in one pass.
 */
export async function timeDispatches(infer, rounds) {
  /** @type {import('./recorder.js').Dispatch[]} */
  const tape = await globalThis.recorder.record(infer);
  if (tape.length === 0) throw new Error('The inference made no dispatch.');
  const stopwatch = new Stopwatch(tape[0].device);

  const results = [];
  for (const dispatch of tape) {
    await stopwatch.time([dispatch], 1);
    const guess = await stopwatch.time([dispatch], 8);
    const repeats = Math.min(MOST_REPEATS, Math.max(1, Math.ceil(STRETCH / guess)));
    const { pipeline, code, workgroups } = dispatch;
    results.push({ operator: pipeline.label, code, workgroups, repeats, ms: [] });
  }
  const wholeMs = [];
  for (let round = 0; round < rounds; round++) {
    for (const [index, dispatch] of tape.entries()) {
      results[index].ms.push(await stopwatch.time([dispatch], results[index].repeats));
    }
    wholeMs.push(await stopwatch.time(tape, 2));
  }
  return { wholeMs, dispatches: results };
}

/** Times GPU work with timestamps at the start and end of a compute pass. */
class Stopwatch {
  /** @param {GPUDevice} device */
  constructor(device) {
    if (!device.features.has('timestamp-query')) throw new Error('The adapter has no timestamp queries.');
    this.device = device;
    this.queries = device.createQuerySet({ type: 'timestamp', count: 2 });
    this.resolved = device.createBuffer({
      size: 16,
      usage: GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC,
    });
    this.readable = device.createBuffer({
      size: 16,
      usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
    });
  }

  /** Milliseconds of one execution of `dispatches`, averaged over `repeats`. */
  async time(dispatches, repeats) {
    const encoder = this.device.createCommandEncoder();
    const pass = encoder.beginComputePass({
      timestampWrites: { querySet: this.queries, beginningOfPassWriteIndex: 0, endOfPassWriteIndex: 1 },
    });
    for (let i = 0; i < repeats; i++) {
      for (const { pipeline, groups, workgroups } of dispatches) {
        pass.setPipeline(pipeline);
        for (const [index, { group, offsets }] of groups.entries())
          pass.setBindGroup(index, group, offsets ?? []);
        pass.dispatchWorkgroups(...workgroups);
      }
    }
    pass.end();
    encoder.resolveQuerySet(this.queries, 0, 2, this.resolved, 0);
    encoder.copyBufferToBuffer(this.resolved, 0, this.readable, 0, 16);
    this.device.queue.submit([encoder.finish()]);
    await this.readable.mapAsync(GPUMapMode.READ);
    const [begin, end] = new BigUint64Array(this.readable.getMappedRange());
    const nanoseconds = Number(end - begin);
    this.readable.unmap();
    return nanoseconds / 1e6 / repeats;
  }
}
