import { guard, invalid, isRecord } from './validation.js';

/** Is told what happens, each time in a sentence. */
export interface Logger {
  debug(message: string): void;
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
}

const LEVELS = ['debug', 'info', 'warn', 'error'] as const;

/** @throws {CycloramaError} `option` where `logger` lacks a method */
export function checkLogger(logger: Logger): void {
  const given: unknown = logger;
  const isLogger = () => isRecord(given) && LEVELS.every((level) => typeof given[level] === 'function');
  if (!guard('logger', isLogger)) throw invalid('logger', given, `an object with ${LEVELS.join(', ')}`);
}

/** Tells a logger; one that throws does no harm. */
export function log(logger: Logger | undefined, level: keyof Logger, message: string): void {
  try {
    logger?.[level](`cyclorama: ${message}`);
  } catch {
    // A page's logger has failed, not this.
  }
}
