/**
 * What went wrong, for programs:
 *
 * | code | meaning |
 * |---|---|
 * | `unsupported` | the browser lacks what Cyclorama runs on; the message says what |
 * | `option` | an option has a value it cannot have; the message names it |
 * | `asset` | a file (wasm, model, picture or video) could not be fetched |
 * | `integrity` | a file (wasm or model) is there but is not the one that belongs to this version, or that the `integrity` of its `model` names |
 * | `model` | the bytes are not a model that Cyclorama runs |
 * | `effect` | the background cannot be shown, such as a picture that does not decode or a track that has ended |
 * | `frame` | a frame is no picture or could not be imported |
 * | `mask` | the network gives masks that cannot be right: nobody is shown, only the background |
 * | `device-lost` | the GPU device is gone; another one is asked for |
 * | `gpu` | a GPU operation failed |
 * | `busy` | the engine is still at work on another frame |
 * | `destroyed` | the instance was destroyed |
 * | `worker` | the worker does not start, or has ended; another one is started |
 * | `internal` | a defect of Cyclorama; the engine is started anew |
 *
 * @useDeclaredType
 */
export type CycloramaErrorCode = (typeof CODES)[number];

const CODES = [
  'unsupported',
  'option',
  'asset',
  'integrity',
  'model',
  'effect',
  'frame',
  'mask',
  'device-lost',
  'gpu',
  'busy',
  'destroyed',
  'worker',
  'internal',
] as const;

/** The one kind of error that Cyclorama throws; an aborted call rejects with its signal's reason instead. */
export class CycloramaError extends Error {
  override readonly name = 'CycloramaError';

  /** What went wrong, for programs; the message says it for people. */
  readonly code: CycloramaErrorCode;

  constructor(code: CycloramaErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }

  /**
   * Gives an error of the wasm module or of the worker its type. What carries no known code is a defect, and so is a wasm trap
   * (`WebAssembly.RuntimeError`), after which the module's memory cannot be trusted.
   */
  static from(cause: unknown): CycloramaError {
    if (cause instanceof CycloramaError) return cause;
    const message = isObject(cause) && 'message' in cause ? String(cause.message) : String(cause);
    const code = codeOf(cause);
    // What a worker sends instead of an error says no more than this one, and prints as `[object Object]`.
    const options = cause instanceof Error ? { cause } : undefined;
    if (code) return new CycloramaError(code, message, options);
    return new CycloramaError('internal', `the engine failed: ${message}`, options);
  }
}

function codeOf(cause: unknown): CycloramaErrorCode | undefined {
  if (!isObject(cause) || !('code' in cause)) return undefined;
  return CODES.find((code) => code === cause.code);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
