/** Where other devices reach the demo: `npm start -- --host`. */
import { renderUnicodeCompact } from 'uqr';

/**
 * The URL of the page "Check this browser" for another device.
 *
 * @param {{ network: string[] } | null | undefined} urls of Vite's server.
 * @returns {string | undefined} `undefined` where the server listens on this machine alone.
 */
export function checkUrl(urls) {
  const [address] = urls?.network ?? [];
  return address && new URL('check.html', address).href;
}

/**
 * A QR code for a terminal.
 *
 * @param {string} url
 * @param {boolean} colors whether the terminal shows colors. With them the code is light on dark whatever the terminal's theme is.
 */
export function qrCode(url, colors) {
  const lines = renderUnicodeCompact(url, { border: 2 }).split('\n');
  return lines.map((line) => `  ${colors ? `\x1b[97;40m${line}\x1b[0m` : line}`).join('\n');
}

/**
 * Tells pages the server's address in the network, as `<meta name="cyclorama-address">`: a page that was opened as `localhost` does
 * not know it.
 *
 * @param {() => string | undefined} address the server's address once it listens.
 * @returns {import('vite').Plugin}
 */
export function networkAddress(address) {
  return {
    name: 'network-address',
    transformIndexHtml() {
      const content = address();
      if (!content) return [];
      return [{ tag: 'meta', attrs: { name: 'cyclorama-address', content }, injectTo: 'head-prepend' }];
    },
  };
}
