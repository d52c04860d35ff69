import type { Logger } from 'amazon-chime-sdk-js';
import type { VirtualBackgroundOptions } from '../../page/options.js';
import type { Effect } from '../../shared/effect.js';
import { guard, invalid } from '../../shared/validation.js';
import { ChimeVideoFrameProcessor } from './processor.js';

/** What this package has to offer beside the options of the SDK's own filters. */
export type ProcessorOptions = Omit<VirtualBackgroundOptions, 'effect' | 'logger'>;

/** As much of the SDK's logger as is used. */
export type Log = Pick<Logger, 'info' | 'warn' | 'error'>;

/** Where no logger is given: the SDK's own would write each step to the console as well. */
const CONSOLE: Log = {
  info() {},
  warn: (message) => console.warn(message),
  error: (message) => console.error(message),
};

/**
 * What an app gives for a logger, or the console for nothing.
 *
 * @throws {CycloramaError} `option` for what is no logger
 */
export function logOf(given: Logger | null | undefined): Log {
  // Plain JavaScript callers have no compiler that asks for one.
  if (given === undefined || given === null) return CONSOLE;
  const isLog = guard('logger', () =>
    (['info', 'warn', 'error'] as const).every((level) => typeof given[level] === 'function'),
  );
  if (!isLog) throw invalid('logger', given, 'a Logger of the SDK');
  return given;
}

/** How one of the SDK's filters is made. */
export interface DropIn extends ProcessorOptions {
  /** What the log calls it: the SDK's name of the class. */
  name: string;
  logger: Log;
  /** Where the SDK was to load its own filter from. */
  spec: object | undefined;
  effect: Effect;
}

/**
 * The processor behind a filter. The SDK's own shows the camera where it cannot run; this one is not made.
 *
 * @throws {CycloramaError} as {@link ChimeVideoFrameProcessor.create}
 */
export async function createProcessor({
  name,
  logger,
  spec,
  ...options
}: DropIn): Promise<ChimeVideoFrameProcessor> {
  if (spec) ignoreSpec(name, logger);
  try {
    const processor = await ChimeVideoFrameProcessor.create(options);
    processor.addEventListener('error', ({ detail }) => logger.error(`${name}: ${detail.message}`));
    logger.info(`${name}: cyclorama is ready`);
    return processor;
  } catch (cause) {
    logger.error(`${name}: cyclorama could not be started: ${messageOf(cause)}`);
    throw cause;
  }
}

/**
 * What a check of an effect gives. Where it refuses what it was given, so does the processor, which after effect `none` shows the
 * camera no more.
 *
 * @throws what `check` throws
 */
export function checked<Checked>(processor: ChimeVideoFrameProcessor, check: () => Checked): Checked {
  try {
    return check();
  } catch (cause) {
    processor.setEffect(null as unknown as Effect).catch(() => {});
    throw cause;
  }
}

/** Says that the SDK's files are not loaded. */
export function ignoreSpec(name: string, logger: Log): void {
  logger.warn(`${name}: the spec is ignored, as cyclorama loads the files of its own package`);
}

/** The share of the time between two frames that `quality: 'auto'` keeps to, for the SDK's limit in percent. */
export function budgetOf(percent: number): number {
  return Math.max(percent, 1) / 100;
}

/** What went wrong, in words. */
export function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
