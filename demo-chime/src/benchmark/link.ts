/**
 * A report in a link: deflated JSON as base64url in the fragment, which browsers send to no server. Does not depend on a page.
 */
import { MOST_CHARACTERS, parseReport, type Report, ReportError } from './report';

/** The start of a fragment with a report. */
const PREFIX = 'report=';

/** The fragment of a link to a report, without the `#`. */
export async function encodeReport(report: Report): Promise<string> {
  const bytes = new TextEncoder().encode(JSON.stringify(report));
  const packed = await new Response(
    streamOf(bytes).pipeThrough(new CompressionStream('deflate-raw')),
  ).arrayBuffer();
  const binary = Array.from(new Uint8Array(packed), (byte) => String.fromCharCode(byte)).join('');
  return PREFIX + btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

/** Whether a link's fragment, with or without the `#`, contains a report. */
export function containsReport(fragment: string): boolean {
  return fragment.replace(/^#/, '').startsWith(PREFIX);
}

/**
 * Decodes the report in a link's fragment, with or without the `#`, or in a whole link.
 *
 * @throws {ReportError} if the report is truncated, damaged or missing
 */
export async function decodeReport(link: string): Promise<Report> {
  const fragment = link.trim().replace(/^[^#]*#/, '');
  if (!containsReport(fragment))
    throw new ReportError('This link contains no report: the part after #report= is missing.');
  let json: string;
  try {
    const binary = atob(fragment.slice(PREFIX.length).replaceAll('-', '+').replaceAll('_', '/'));
    const bytes = Uint8Array.from(binary, (character) => character.charCodeAt(0));
    json = await readBounded(streamOf(bytes).pipeThrough(new DecompressionStream('deflate-raw')));
  } catch (cause) {
    if (cause instanceof ReportError) throw cause;
    throw new ReportError(
      'The report in this link is damaged. The link may have been truncated when it was copied.',
      { cause },
    );
  }
  return parseReport(json);
}

function streamOf(bytes: Uint8Array<ArrayBuffer>): ReadableStream<Uint8Array<ArrayBuffer>> {
  return new ReadableStream({
    start(controller) {
      controller.enqueue(bytes);
      controller.close();
    },
  });
}

/** Reads a stream as text, up to the length of a report: a few bytes can decompress to gigabytes. */
async function readBounded(stream: ReadableStream<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const reader = stream.getReader();
  let text = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    text += decoder.decode(value, { stream: true });
    if (text.length > MOST_CHARACTERS) {
      await reader.cancel();
      throw new ReportError('The report in this link is too long.');
    }
  }
}
