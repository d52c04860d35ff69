/** A report within a link: its JSON, deflated, as base64url in the fragment, which browsers send to no server. Knows no page. */
import { MOST_CHARACTERS, parseReport, type Report, ReportError } from './report';

/** What a fragment with a report begins with. */
const MARK = 'report=';

/** The fragment of a link to a report, without the `#`. */
export async function encodeReport(report: Report): Promise<string> {
  const bytes = new TextEncoder().encode(JSON.stringify(report));
  const packed = await new Response(
    streamOf(bytes).pipeThrough(new CompressionStream('deflate-raw')),
  ).arrayBuffer();
  const binary = Array.from(new Uint8Array(packed), (byte) => String.fromCharCode(byte)).join('');
  return MARK + btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

/** Whether a link's fragment, with or without the `#`, claims to carry a report. */
export function carriesReport(fragment: string): boolean {
  return fragment.replace(/^#/, '').startsWith(MARK);
}

/**
 * The report of a link's fragment, with or without the `#`, or of a whole link.
 *
 * @throws {ReportError} where it is cut off, damaged or no report
 */
export async function decodeReport(link: string): Promise<Report> {
  const fragment = link.trim().replace(/^[^#]*#/, '');
  if (!carriesReport(fragment))
    throw new ReportError('This link carries no report: it should go on after #report=.');
  let json: string;
  try {
    const binary = atob(fragment.slice(MARK.length).replaceAll('-', '+').replaceAll('_', '/'));
    const bytes = Uint8Array.from(binary, (character) => character.charCodeAt(0));
    json = await readBounded(streamOf(bytes).pipeThrough(new DecompressionStream('deflate-raw')));
  } catch (cause) {
    if (cause instanceof ReportError) throw cause;
    throw new ReportError(
      'The report in this link is damaged; perhaps the link was cut off when it was copied.',
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

/** Text of a stream; a few bytes can unpack to gigabytes, so it ends where a report would. */
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
      throw new ReportError('The report in this link is too long to be one.');
    }
  }
}
