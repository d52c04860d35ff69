import { CycloramaError } from './errors.js';
import { shorten } from './validation.js';

/** What Web Crypto calls the hashes that Subresource Integrity knows, the strongest first. */
const ALGORITHMS = [
  ['sha512', 'SHA-512', 64],
  ['sha384', 'SHA-384', 48],
  ['sha256', 'SHA-256', 32],
] as const;

/** Whether a string is of the form that an `integrity` attribute takes: `sha256-`, `sha384-` or `sha512-` and base64. */
export function isIntegrity(value: unknown): value is string {
  return typeof value === 'string' && strongest(value) !== undefined;
}

/** Whether digests can be made here: browsers make them for secure pages alone. */
export function canDigest(): boolean {
  return globalThis.crypto?.subtle !== undefined;
}

/**
 * Holds a file's bytes against its digests. As in HTML, several may be given, separated by white space: those of the strongest
 * hash count, and one of them has to be the file's.
 *
 * @param what what the file is, and `where` it came from, for the message
 * @throws {CycloramaError} `integrity`, with both digests, where the bytes are others
 */
export async function checkIntegrity(
  bytes: ArrayBuffer,
  integrity: string,
  what: string,
  where: URL,
): Promise<void> {
  const wanted = strongest(integrity);
  if (!wanted) throw new CycloramaError('option', `"${shorten(integrity)}" is no integrity`);
  const digest = new Uint8Array(await crypto.subtle.digest(wanted.algorithm, bytes));
  const found = `${wanted.prefix}-${btoa(String.fromCharCode(...digest))}`;
  if (wanted.values.includes(found)) return;
  const [first = '', ...others] = wanted.values;
  const expected = others.length > 0 ? `${first} or one of ${others.length} more` : first;
  throw new CycloramaError(
    'integrity',
    `${what} at ${shorten(where.href)} is another file than expected: found ${found}, expected ${expected}. ` +
      'Serve scripts and files of one version, and see that no cache in between keeps an old one',
  );
}

/** The digests by the strongest hash among them; `undefined` where there is none. */
function strongest(integrity: string) {
  const digests = integrity
    .trim()
    .split(/\s+/)
    // What follows a question mark is for options, of which there are none so far.
    .map((digest) => digest.replace(/\?.*/, ''));
  for (const [prefix, algorithm, length] of ALGORITHMS) {
    const values = digests.filter((digest) => isDigest(digest, prefix, length));
    if (values.length > 0) return { prefix, algorithm, values };
  }
  return undefined;
}

function isDigest(value: string, prefix: string, length: number): boolean {
  if (!value.startsWith(`${prefix}-`)) return false;
  const base64 = value.slice(prefix.length + 1);
  try {
    const bytes = atob(base64);
    // Digests are compared as text: one without its padding would be no file's.
    return bytes.length === length && btoa(bytes) === base64;
  } catch {
    return false;
  }
}
