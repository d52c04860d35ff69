import { guard, invalid, isRecord } from './validation.js';

/** Is told what happens, each time in a sentence. */
export interface BackgroundLogger {
  /** What came into force, and each change of the quality. */
  debug: (message: string) => void;
  /** What frames run on, from the beginning and after a loss. */
  info: (message: string) => void;
  /** What works, but not as it should. */
  warn: (message: string) => void;
  /** What the event `error` tells. */
  error: (message: string) => void;
}

const LEVELS = ['debug', 'info', 'warn', 'error'] as const;

/** @throws {CycloramaError} `option` where `logger` lacks a method */
export function checkLogger(logger: BackgroundLogger): void {
  const given: unknown = logger;
  const isLogger = () => isRecord(given) && LEVELS.every((level) => typeof given[level] === 'function');
  if (!guard('logger', isLogger)) throw invalid('logger', given, `an object with ${LEVELS.join(', ')}`);
}

/** Tells a logger; one that throws does no harm. */
export function log(
  logger: BackgroundLogger | undefined,
  level: keyof BackgroundLogger,
  message: string,
): void {
  try {
    logger?.[level](`cyclorama: ${message}`);
  } catch {
    // A page's logger has failed, not this.
  }
}
