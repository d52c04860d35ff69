import type { Logger } from 'amazon-chime-sdk-js';
import { ChimeVideoFrameProcessor } from './chime-processor.js';
import type { Effect } from './effect.js';
import { CycloramaError } from './errors.js';
import type { VirtualBackgroundOptions } from './options.js';

/** What this package has to offer beside the options of the SDK's own filters. */
export type ProcessorOptions = Omit<VirtualBackgroundOptions, 'effect'>;

/** As much of the SDK's logger as is used. */
export type Log = Pick<Logger, 'info' | 'warn' | 'error'>;

/** Where no logger is given: the SDK's own would write each step to the console as well. */
export const CONSOLE: Log = {
  info() {},
  warn: (message) => console.warn(message),
  error: (message) => console.error(message),
};

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
 * Changes the effect as the SDK's filters do: who asks twice in a row is told of no error, and the later wish stays. Gives
 * whether the effect is in place, rather than a later one.
 *
 * @throws {CycloramaError} as {@link ChimeVideoFrameProcessor.setEffect}, but for `superseded`
 */
export async function changeEffect(processor: ChimeVideoFrameProcessor, effect: Effect): Promise<boolean> {
  try {
    await processor.setEffect(effect);
    return true;
  } catch (cause) {
    if (cause instanceof CycloramaError && cause.code === 'superseded') return false;
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
