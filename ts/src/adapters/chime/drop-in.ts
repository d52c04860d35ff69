import type { Logger } from 'amazon-chime-sdk-js';
import type { VirtualBackgroundOptions } from '../../page/options.js';
import type { Effect } from '../../shared/effect.js';
import { guard, invalid } from '../../shared/validation.js';
import { ChimeVideoFrameProcessor } from './processor.js';

/** This package's options, in addition to those of the SDK's filters. */
export type ProcessorOptions = Omit<VirtualBackgroundOptions, 'effect' | 'logger'>;

/** The used part of the SDK's logger. */
export type Log = Pick<Logger, 'info' | 'warn' | 'error'>;

/** The default logger. The SDK's default would also write each step to the console. */
const CONSOLE: Log = {
  info() {},
  warn: (message) => console.warn(message),
  error: (message) => console.error(message),
};

/**
 * The app's logger, or the console by default.
 *
 * @throws {CycloramaError} `option` if it is not a logger
 */
export function logOf(given: Logger | null | undefined): Log {
  // JavaScript callers may pass null.
  if (given === undefined || given === null) return CONSOLE;
  const isLog = guard('logger', () =>
    (['info', 'warn', 'error'] as const).every((level) => typeof given[level] === 'function'),
  );
  if (!isLog) throw invalid('logger', given, 'a Logger of the SDK');
  return given;
}

/** The options of a filter that replaces one of the SDK's. */
export interface DropIn extends ProcessorOptions {
  /** The SDK's name of the class, for log messages. */
  name: string;
  logger: Log;
  /** The SDK's description of its files, which is ignored. */
  spec: object | undefined;
  effect: Effect;
}

/**
 * Creates the processor of a filter. Rejects if it cannot run. The SDK's filter would show the camera instead.
 *
 * @throws {CycloramaError} the errors of {@link ChimeVideoFrameProcessor.create}
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
    logger.error(`${name}: cyclorama did not start: ${messageOf(cause)}`);
    throw cause;
  }
}

/**
 * Runs a check of a requested effect. If the check fails, the processor also gets an invalid effect, so that
 * it no longer shows the camera after effect `none`.
 *
 * @throws the error of `check`
 */
export function checked<Checked>(processor: ChimeVideoFrameProcessor, check: () => Checked): Checked {
  try {
    return check();
  } catch (cause) {
    processor.setEffect(null as unknown as Effect).catch(() => {});
    throw cause;
  }
}

/** Logs that the SDK's files are not loaded. */
export function ignoreSpec(name: string, logger: Log): void {
  logger.warn(`${name}: the spec is ignored, because cyclorama loads the files of its own package`);
}

/** The budget of `quality: 'auto'` as a fraction of the frame interval, from the SDK's limit in percent. */
export function budgetOf(percent: number): number {
  return Math.max(percent, 1) / 100;
}

/** The message of a caught value. */
export function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
