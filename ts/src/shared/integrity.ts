import { CycloramaError } from './errors.js';
import { shorten } from './validation.js';

/** The hash functions of Subresource Integrity, the strongest first: prefix, name in Web Crypto, digest length in bytes. */
const ALGORITHMS = [
  ['sha512', 'SHA-512', 64],
  ['sha384', 'SHA-384', 48],
  ['sha256', 'SHA-256', 32],
] as const;

/** Whether a value has the form of an HTML `integrity` attribute: `sha256-`, `sha384-` or `sha512-`, followed by base64. */
export function isIntegrity(value: unknown): value is string {
  return typeof value === 'string' && strongest(value) !== undefined;
}

/** Whether Web Crypto is available. Browsers offer it only in secure contexts. */
export function canDigest(): boolean {
  return globalThis.crypto?.subtle !== undefined;
}

/**
 * Verifies the checksum of a file. As in HTML, `integrity` may list several digests, separated by white space. Only those of the
 * strongest hash function count, and one of them must match.
 *
 * @param what name of the file in the error message
 * @param where URL of the file
 * @throws {CycloramaError} `integrity`, with both digests, if none matches
 */
export async function checkIntegrity(
  bytes: ArrayBuffer,
  integrity: string,
  what: string,
  where: URL,
): Promise<void> {
  const expected = strongest(integrity);
  if (!expected) throw new CycloramaError('option', `invalid integrity value "${shorten(integrity)}"`);
  const digest = new Uint8Array(await crypto.subtle.digest(expected.algorithm, bytes));
  const found = `${expected.prefix}-${btoa(String.fromCharCode(...digest))}`;
  if (expected.values.includes(found)) return;
  const [first = '', ...others] = expected.values;
  const listed = others.length > 0 ? `${first} or one of ${others.length} more` : first;
  throw new CycloramaError(
    'integrity',
    `checksum mismatch of ${what} at ${shorten(where.href)}: found ${found}, expected ${listed}. ` +
      'Serve scripts and files of the same version, and check that no cache returns an old file',
  );
}

/** The digests of the strongest hash function, or `undefined` without a valid digest. */
function strongest(integrity: string) {
  const digests = integrity
    .trim()
    .split(/\s+/)
    // Options follow a question mark. The standard defines none so far.
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
    // Digests are compared as text, so base64 without padding would never match.
    return bytes.length === length && btoa(bytes) === base64;
  } catch {
    return false;
  }
}
