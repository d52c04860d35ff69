/**
 * The cause of an error, for programs:
 *
 * | code | meaning |
 * |---|---|
 * | `unsupported` | The browser lacks a required feature, which the message names. |
 * | `option` | An option has an invalid value. The message names the option. |
 * | `asset` | A file (WebAssembly module, model, image or video) could not be fetched. |
 * | `integrity` | The checksum of a file (WebAssembly module or model) does not match this version, or the `integrity` of the `model`. |
 * | `model` | The bytes are not a supported model. |
 * | `effect` | The background cannot be shown, such as an image that cannot be decoded or a track that has ended. |
 * | `frame` | A frame has no pixels or could not be imported. |
 * | `mask` | The model returns implausible masks. The output shows the background alone. |
 * | `device-lost` | The GPU device was lost. Another one is requested. |
 * | `gpu` | A GPU operation failed. |
 * | `busy` | The engine is processing another frame. |
 * | `destroyed` | The instance was destroyed. |
 * | `worker` | The worker does not start, or has terminated. Another one is started. |
 * | `internal` | A defect of Cyclorama. The engine is restarted. |
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

/** The only error class of Cyclorama. An aborted call rejects with its signal's reason instead. */
export class CycloramaError extends Error {
  override readonly name = 'CycloramaError';

  /** The cause, for programs. The message describes it for people. */
  readonly code: CycloramaErrorCode;

  constructor(code: CycloramaErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }

  /**
   * Converts an error of the WebAssembly module or of the worker. An error without a known code is a defect. So is a WebAssembly crash
   * (`WebAssembly.RuntimeError`), which leaves the module's memory in an unknown state.
   */
  static from(cause: unknown): CycloramaError {
    if (cause instanceof CycloramaError) return cause;
    const message = isObject(cause) && 'message' in cause ? String(cause.message) : String(cause);
    const code = codeOf(cause);
    // Workers send plain objects. As a cause, they would only print as `[object Object]`.
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
