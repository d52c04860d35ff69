/** For Vite: the frame of every page (head, header, footer) and its content security policy. */
import type { IndexHtmlTransformContext, Plugin } from 'vite';
import { documentLinks } from './documentation.ts';

interface Site {
  /** The title in the navigation. */
  title: string;
  /** Hosts that the page may connect to, other than its own server. */
  connects?: string;
}

/** The pages, in the order of the navigation. */
const pages: Record<string, Site> = {
  'index.html': { title: 'Preview' },
  'call.html': { title: 'Call' },
  // Signaling, TURN and fallback servers. The page contacts them only after a user joins a meeting.
  'meeting.html': { title: 'Meeting', connects: 'https://*.chime.aws wss://*.chime.aws' },
  'benchmark.html': { title: 'Benchmark' },
  'check.html': { title: 'Check' },
};

export const pageFiles = Object.keys(pages);

/** The titles of the backgrounds, by the value of their radio button. */
const effects: Record<string, string> = {
  'blur-low': 'Low blur',
  'blur-medium': 'Medium blur',
  'blur-high': 'High blur',
  image: 'Image',
  video: 'Video',
  color: 'Color',
  transparent: 'Transparent',
  none: 'None (raw)',
};

/**
 * Limits a page to files of its own server. The `blob:` worker is the timer of the Chime SDK.
 * Only the built pages have the policy: Vite's development server needs inline styles and a socket.
 */
const policyOf = ({ connects = '' }: Site) =>
  [
    "default-src 'none'",
    "script-src 'self' 'wasm-unsafe-eval'",
    "style-src 'self'",
    `connect-src 'self' ${connects}`.trim(),
    "img-src 'self' blob:",
    "media-src 'self' blob:",
    "worker-src 'self' blob:",
  ].join('; ');

/** Adds its content security policy to each built page. */
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

/** Inserts head, header and footer into each page, and the backgrounds that `<!-- effects: … -->` names. */
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
    <meta name="theme-color" content="#ffffff" media="(prefers-color-scheme: light)" />
    <meta name="theme-color" content="#1b2023" media="(prefers-color-scheme: dark)" />
    <link rel="icon" href="./favicon.svg" type="image/svg+xml" />
    <link rel="stylesheet" href="./src/style/main.css" />`;

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
        Code, models and images come from the server of this page. The sample clip shows the astronaut Eileen Collins
        (photo: NASA, public domain).
      </p>
      <details class="documents">
        <summary>Documentation</summary>
        <ul>
          ${documentLinks.map((link) => `<li>${link}</li>`).join('\n          ')}
        </ul>
      </details>`;

function choice(name: string): string {
  const checked = name === 'blur-medium' ? ' checked' : '';
  return `<label class="effect"><input type="radio" name="effect" value="${name}"${checked} /><img src="./effects/${name}.jpg" alt="" width="160" height="90" />${effects[name]}</label>`;
}
