/**
 * Decodes a `data:` URL to a response. `fetch` does the same, but only if the content security policy has `data:` in `connect-src`.
 *
 * @throws {Error} if the URL has no data
 */
export function openDataUrl(url: URL): Response {
  // URL has escaped all non-ASCII characters. The fragment is not part of the data.
  const content = url.pathname + url.search;
  const comma = content.indexOf(',');
  if (comma < 0) throw new Error('the data: URL has no comma before its data');
  const [, type = '', base64] = /^(.*?)(; *base64)? *$/is.exec(content.slice(0, comma)) ?? [];
  const bytes = content
    .slice(comma + 1)
    .replace(/%([0-9a-f]{2})/gi, (_, digits) => String.fromCharCode(Number.parseInt(digits, 16)));
  return new Response(toBytes(base64 ? atob(bytes) : bytes), {
    headers: { 'content-type': type.trim() || 'text/plain' },
  });
}

function toBytes(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(text.length);
  for (let index = 0; index < text.length; index += 1) bytes[index] = text.charCodeAt(index);
  return bytes;
}
