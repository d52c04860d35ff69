/** The demo's URL in the local network, for other devices: `npm start -- --host`. */
import { renderUnicodeCompact } from 'uqr';

/**
 * The URL of the page "Check this browser" for another device.
 *
 * @param {{ network: string[] } | null | undefined} urls of Vite's server.
 * @returns {string | undefined} `undefined` if the server listens only on this machine.
 */
export function checkUrl(urls) {
  const [base] = urls?.network ?? [];
  return base && new URL('check.html', base).href;
}

/**
 * Renders a QR code for a terminal.
 *
 * @param {string} url
 * @param {boolean} colors whether the terminal shows colors. They make the code light on dark in every theme.
 */
export function qrCode(url, colors) {
  const lines = renderUnicodeCompact(url, { border: 2 }).split('\n');
  return lines.map((line) => `  ${colors ? `\x1b[97;40m${line}\x1b[0m` : line}`).join('\n');
}

/**
 * Adds the server's URL in the local network to pages, as `<meta name="cyclorama-url">`. A page that was opened as
 * `localhost` cannot find it otherwise.
 *
 * @param {() => string | undefined} serverUrl the server's URL once it listens.
 * @returns {import('vite').Plugin}
 */
export function serverUrlTag(serverUrl) {
  return {
    name: 'server-url-tag',
    transformIndexHtml() {
      const content = serverUrl();
      if (!content) return [];
      return [{ tag: 'meta', attrs: { name: 'cyclorama-url', content }, injectTo: 'head-prepend' }];
    },
  };
}
