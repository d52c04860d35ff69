/** The URL of this page for another device, and its QR code. */
import { renderSVG } from 'uqr';

/**
 * The URL of this page for other devices on the LAN. `undefined` if only this computer can open the page. `npm start -- --host`
 * writes the server's URL into the page.
 */
export function lanUrl(): string | undefined {
  const announced = document.querySelector<HTMLMetaElement>('meta[name=cyclorama-url]')?.content;
  if (announced) return new URL('check.html', announced).href;
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
