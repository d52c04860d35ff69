/** For Vite: what the demo's pages have in common. Each page's HTML says where it goes. */
import type { IndexHtmlTransformContext, Plugin } from 'vite';
import { documentLinks } from './documentation.ts';

/** What a page's policy allows beyond the page's own server. */
interface Site {
  /** As the navigation calls it. */
  title: string;
  /** Where it may connect to. */
  reaches?: string;
}

/** The pages, in the order of the navigation. */
const pages: Record<string, Site> = {
  'index.html': { title: 'Preview' },
  'call.html': { title: 'Call' },
  // Signalling, TURN and fallback of the meetings that somebody joins; nothing is asked of them before.
  'meeting.html': { title: 'Meeting', reaches: 'https://*.chime.aws wss://*.chime.aws' },
  'benchmark.html': { title: 'Benchmark' },
  'check.html': { title: 'Check this browser' },
};

export const pageFiles = Object.keys(pages);

/** The backgrounds to choose from, by the value of their radio button. */
const effects: Record<string, string> = {
  'blur-low': 'Blur, low',
  'blur-medium': 'Blur, medium',
  'blur-high': 'Blur, high',
  image: 'Picture',
  video: 'Video',
  color: 'Colour',
  transparent: 'Transparent',
  none: 'None (raw)',
};

/**
 * A page may load what this server serves and nothing else. The blob is the timer worker of the Chime SDK.
 * Vite's development server needs inline styles and a socket, so this holds for the built pages.
 */
const policyOf = ({ reaches = '' }: Site) =>
  [
    "default-src 'none'",
    "script-src 'self' 'wasm-unsafe-eval'",
    "style-src 'self'",
    `connect-src 'self' ${reaches}`.trim(),
    "img-src 'self' blob:",
    "media-src 'self' blob:",
    "worker-src 'self' blob:",
  ].join('; ');

/** Says in each built page what it may load. */
export const declarePolicy: Plugin = {
  name: 'content-security-policy',
  apply: 'build',
  transformIndexHtml: (_html, context) => [
    {
      tag: 'meta',
      attrs: { 'http-equiv': 'Content-Security-Policy', content: policyOf(siteOf(context).site) },
      injectTo: 'head-prepend',
    },
  ],
};

/** Writes head, header and footer into each page, and the backgrounds that `<!-- effects: … -->` names. */
export const shell: Plugin = {
  name: 'shell',
  transformIndexHtml: {
    order: 'pre',
    handler: (html, context) =>
      html
        .replace('<!-- head -->', head)
        .replace('<!-- header -->', () => header(siteOf(context).file))
        .replace('<!-- footer -->', footer)
        .replace(/<!-- effects: ([\w -]+?) -->/, (_, names: string) =>
          names.split(' ').map(choice).join('\n'),
        ),
  },
};

function siteOf({ path }: IndexHtmlTransformContext): { file: string; site: Site } {
  const file = path.replace(/^\//, '') || 'index.html';
  const site = pages[file];
  if (!site) throw new Error(`${path} is not one of the pages in pages.ts`);
  return { file, site };
}

const head = `<meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="color-scheme" content="light dark" />
    <meta name="theme-color" content="#f4f5f3" media="(prefers-color-scheme: light)" />
    <meta name="theme-color" content="#14171a" media="(prefers-color-scheme: dark)" />
    <link rel="icon" href="./favicon.svg" type="image/svg+xml" />
    <link rel="stylesheet" href="./src/style.css" />`;

const header = (current: string) => `<a class="skip" href="#main">Skip to the page’s content</a>
    <header class="site">
      <a class="brand" href="./index.html"><img src="./favicon.svg" alt="" width="32" height="32" />Cyclorama</a>
      <nav aria-label="Pages">
        <ul>
          ${Object.entries(pages)
            .map(([file, { title }]) => {
              const mark = file === current ? ' aria-current="page"' : '';
              return `<li><a href="./${file}"${mark}>${title}</a></li>`;
            })
            .join('\n          ')}
        </ul>
      </nav>
    </header>`;

const footer = `<p>
        Network, pictures and code come from the server in the address bar. The clip shows the astronaut Eileen Collins
        (photograph: NASA, public domain).
      </p>
      <p class="documents">Documentation: ${documentLinks}</p>`;

function choice(name: string): string {
  const checked = name === 'blur-medium' ? ' checked' : '';
  return `<label class="effect"><input type="radio" name="effect" value="${name}"${checked} /><img src="./effects/${name}.jpg" alt="" width="160" height="90" />${effects[name]}</label>`;
}
