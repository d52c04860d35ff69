import { guard, invalid, isRecord } from '../shared/validation.js';

/** Receives log messages. Each is one sentence. */
export interface BackgroundLogger {
  /** Receives options that took effect, and changes of the quality level. */
  debug: (message: string) => void;
  /** Receives the backend, at the start and after each restart. */
  info: (message: string) => void;
  /** Receives notices of degraded operation. */
  warn: (message: string) => void;
  /** Receives each `error` event. */
  error: (message: string) => void;
}

const LEVELS = ['debug', 'info', 'warn', 'error'] as const;

/** @throws {CycloramaError} `option` if `logger` lacks a method */
export function checkLogger(logger: BackgroundLogger): void {
  const given: unknown = logger;
  const isLogger = () => isRecord(given) && LEVELS.every((level) => typeof given[level] === 'function');
  if (!guard('logger', isLogger)) throw invalid('logger', given, `an object with ${LEVELS.join(', ')}`);
}

/** Writes a log message. Errors of the logger are ignored. */
export function log(
  logger: BackgroundLogger | undefined,
  level: keyof BackgroundLogger,
  message: string,
): void {
  try {
    logger?.[level](`cyclorama: ${message}`);
  } catch {
    // A failing logger must not stop frames.
  }
}
