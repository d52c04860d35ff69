/** The page's own URL for another device, as a QR code. */
import { renderSVG } from 'uqr';

/**
 * The URL under which another device reaches this page; `undefined` where only this machine does. `npm start -- --host` tells the
 * page the server's address in the network.
 */
export function networkUrl(): string | undefined {
  const told = document.querySelector<HTMLMetaElement>('meta[name=cyclorama-address]')?.content;
  if (told) return new URL('check.html', told).href;
  if (/^(localhost|.*\.localhost|127\..*|\[::1\])$/.test(location.hostname)) return undefined;
  return `${location.origin}${location.pathname}`;
}

/** A QR code as an image for screen and screen reader. */
export function qrCode(url: string): SVGElement {
  const { documentElement } = new DOMParser().parseFromString(renderSVG(url, { border: 3 }), 'image/svg+xml');
  const image = document.importNode(documentElement, true) as unknown as SVGElement;
  image.setAttribute('role', 'img');
  image.setAttribute('aria-label', `QR code of ${url}`);
  return image;
}
