/** The report of a benchmark, from this page, `cyclorama bench` or `npm run bench:gpu`. Does not depend on a page. */
import * as v from 'valibot';

/** The version of the format that is written and read. */
export const SCHEMA = 'cyclorama-benchmark/1';

/** The most characters in a report's JSON: more than any run writes, and few enough to parse at once. */
export const MOST_CHARACTERS = 4_000_000;

/**
 * The clock of a timing. `cpu`: wall-clock time of the thread until the work was done or submitted to the GPU. `gpu`: GPU timestamps.
 * `completed`: wall-clock time until the work was completed.
 */
export type Clock = (typeof CLOCKS)[number];
export const CLOCKS = ['cpu', 'gpu', 'completed'] as const;

/** The stages of a frame, in order. */
export const STAGES = ['import', 'preprocess', 'inference', 'refine', 'composite', 'output'] as const;
export type StageName = (typeof STAGES)[number];

/** The most blocked requests in a row. */
export const MOST_REFUSED = 20;

const text = v.pipe(v.string(), v.maxLength(300));
const positive = v.pipe(v.number(), v.finite(), v.minValue(0));
const size = v.tuple([
  v.pipe(v.number(), v.integer(), v.minValue(1)),
  v.pipe(v.number(), v.integer(), v.minValue(1)),
]);
const fraction = v.pipe(v.number(), v.minValue(0), v.maxValue(1));

const figureSchema = v.object({
  clock: v.picklist(CLOCKS),
  median: positive,
  mad: positive,
  p5: positive,
  p95: positive,
  min: positive,
  n: v.pipe(v.number(), v.integer(), v.minValue(1)),
});
const maybeFigure = v.optional(figureSchema);

const rowSchema = v.object({
  system: text,
  version: text,
  model: text,
  modelSize: v.optional(size),
  backend: text,
  precision: v.picklist(['f32', 'f16']),
  threads: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1))),
  refinement: v.picklist(['guided', 'bilateral', 'none']),
  input: size,
  /** The pixel format of the frames in memory, if the run compares formats. */
  format: v.optional(v.picklist(['i420', 'rgba'])),
  stages: v.optional(v.record(text, v.object({ cpu: maybeFigure, gpu: maybeFigure })), {}),
  ranges: v.optional(v.object({ inference: maybeFigure, segmentation: maybeFigure, frame: maybeFigure }), {}),
  stopwatch: maybeFigure,
  framesPerSecond: maybeFigure,
  quality: v.optional(v.object({ reference: text, iou: fraction, boundaryF: fraction })),
  /** Cross-origin requests of another engine that were blocked. */
  refused: v.optional(v.pipe(v.array(text), v.maxLength(MOST_REFUSED))),
  error: v.optional(v.pipe(v.string(), v.maxLength(2000))),
});

const reportSchema = v.object({
  schema: v.literal(SCHEMA),
  date: v.pipe(
    text,
    v.check((date) => Number.isFinite(Date.parse(date)), 'not a date'),
  ),
  cyclorama: text,
  commit: v.optional(text),
  by: v.picklist(['page', 'native', 'node']),
  machine: v.object({
    cpu: v.optional(text),
    cores: v.optional(positive),
    os: v.optional(text),
    browser: v.optional(text),
    adapter: v.optional(
      v.object({ name: text, software: v.boolean(), timestamps: v.boolean(), f16: v.boolean() }),
    ),
    /** One core: gigabytes per second of copying memory, read and written. */
    memoryCopy: maybeFigure,
    /** One core: gigaflops per second of multiply-adds. */
    multiplyAdds: maybeFigure,
  }),
  source: v.object({ kind: v.picklist(['clip', 'camera', 'file', 'synthetic']), name: v.optional(text) }),
  settings: v.object({
    rounds: positive,
    framesPerRound: positive,
    warmUp: positive,
    /** Length of the throughput test in each round, in seconds; 0 for none. */
    seconds: v.optional(positive),
    timing: v.optional(v.picklist(['every', 'completed'])),
    /** Whether the engine ran in a worker or on the page. */
    worker: v.optional(v.boolean()),
  }),
  /** Whether the page was hidden at any time of the run. */
  hidden: v.optional(v.boolean()),
  rows: v.pipe(v.array(rowSchema), v.maxLength(2000)),
});

/** Statistics of values: milliseconds, or frames per second. */
export type Figure = v.InferOutput<typeof figureSchema>;

/** One configuration and its results. */
export type Row = v.InferOutput<typeof rowSchema>;

/** A whole run. `stopwatch` of a row is the page's own clock around whole frames, for comparison with `ranges.frame`. */
export type Report = v.InferOutput<typeof reportSchema>;

/** The fields that identify a row. */
export type RowName = Pick<
  Row,
  'system' | 'model' | 'modelSize' | 'backend' | 'precision' | 'threads' | 'refinement' | 'input' | 'format'
>;

/** Reports text that is not a valid report, with a message for the user. */
export class ReportError extends Error {
  override readonly name = 'ReportError';
}

/**
 * Validates a value as a report. Unknown fields are dropped.
 *
 * @throws {ReportError} that names the first invalid field
 */
export function checkReport(value: unknown): Report {
  const schema = typeof value === 'object' && value !== null && 'schema' in value ? value.schema : undefined;
  if (typeof schema !== 'string' || !schema.startsWith('cyclorama-benchmark/')) {
    throw new ReportError(
      'This is not a report of a Cyclorama benchmark: "schema": "cyclorama-benchmark/1" is missing.',
    );
  }
  if (schema !== SCHEMA) {
    throw new ReportError(
      `This report has another version of the format (${schema.slice(0, 40)}). This page reads ${SCHEMA}.`,
    );
  }
  const result = v.safeParse(reportSchema, value, { abortEarly: true });
  if (result.success) return result.output;
  const [issue] = result.issues;
  throw new ReportError(
    `The report is damaged at "${v.getDotPath(issue) ?? 'its top'}": ${issue.message.slice(0, 200)}.`,
  );
}

/**
 * Reads a report's JSON.
 *
 * @throws {ReportError}
 */
export function parseReport(json: string): Report {
  if (json.length > MOST_CHARACTERS) {
    throw new ReportError(
      `This is too long for a report: ${(json.length / 1e6).toFixed(1)} million characters.`,
    );
  }
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    throw new ReportError(
      'This is not JSON, so not a report. Choose a file that this page or `npm run bench -- page --json` wrote.',
    );
  }
  return checkReport(value);
}

/** A key that is equal for the same configuration in any report. */
export function rowKey(row: RowName): string {
  const { system, model, backend, precision, threads, refinement, input, format } = row;
  return JSON.stringify([system, model, backend, precision, threads ?? 1, refinement, input, format]);
}

const sizeNames = new Map([360, 720, 1080].map((height) => [`${(height * 16) / 9}x${height}`, `${height}p`]));

/** A short name: 720p for 1280x720. Other aspect ratios are written in full. */
export function sizeName([width, height]: readonly [number, number]): string {
  return sizeNames.get(`${width}x${height}`) ?? `${width}x${height}`;
}

/** The display name of a backend and of its frames' format. Cyclorama's `webgl` runs the model on the CPU and the effects on WebGL2. */
export function backendName({
  system,
  backend,
  precision,
  threads,
  format,
}: Pick<Row, 'system' | 'backend' | 'precision' | 'threads' | 'format'>): string {
  const names: Record<string, string> = {
    webgpu: 'WebGPU',
    webgl: system === 'cyclorama' ? 'CPU + WebGL2' : 'WebGL',
    wgpu: 'wgpu',
    'cpu+wgpu': 'CPU + wgpu',
    cpu: 'CPU',
  };
  const name = names[backend] ?? backend;
  // Models run in float32 on every CPU.
  const kind = name.startsWith('CPU') ? name : `${name} ${precision}`;
  const parallel = threads !== undefined && threads > 1 ? [`${threads} threads`] : [];
  return [kind, ...parallel, ...(format ? [format.toUpperCase()] : [])].join(', ');
}

/** A row's name in three lines, for narrow places. */
export function rowLines(row: RowName): [string, string, string] {
  const { system, model, modelSize, refinement, input } = row;
  return [
    system === 'cyclorama' ? model : `${system}: ${model}`,
    modelSize ? `${modelSize.join('x')} · ${backendName(row)}` : backendName(row),
    `${refinement} · ${sizeName(input)}`,
  ];
}

/** A row's name in one line. */
export const rowTitle = (row: RowName): string => rowLines(row).join(' · ');
