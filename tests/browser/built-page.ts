/** A page as apps publish it: built, and served under a Content Security Policy. */
import { build, type InlineConfig, type Plugin, preview } from 'vite';

/** The strictest policy that the package works under. docs/security.md documents it for users. */
export const policy =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self'; img-src 'self' blob:; media-src blob:";

export interface BuiltPage {
  readonly url: string;
  /** Violations that browsers have reported to the server so far. Callers may empty the list. */
  readonly reports: string[];
  close(): Promise<void>;
}

export async function buildPage(root: string, outDir: string, config: InlineConfig = {}): Promise<void> {
  await build({
    ...config,
    root,
    configFile: false,
    logLevel: 'warn',
    build: { outDir, emptyOutDir: true, target: 'es2022', assetsInlineLimit: 0 },
  });
}

/** Serves a built page on a free port of the loopback interface. */
export async function servePage(
  root: string,
  outDir: string,
  { plugins = [], contentPolicy = policy }: { plugins?: Plugin[]; contentPolicy?: string } = {},
): Promise<BuiltPage> {
  const reports: string[] = [];
  const server = await preview({
    root,
    configFile: false,
    logLevel: 'warn',
    build: { outDir },
    preview: {
      host: '127.0.0.1',
      // Every response has the header, because a worker follows the policy of its own script's response.
      headers: { 'Content-Security-Policy': `${contentPolicy}; report-uri /reports` },
    },
    plugins: [...plugins, reportsTo(reports)],
  });
  return {
    url: server.resolvedUrls?.local[0] ?? '',
    reports,
    close: () => server.close(),
  };
}

function reportsTo(reports: string[]): Plugin {
  return {
    name: 'reports',
    configurePreviewServer({ middlewares }) {
      middlewares.use('/reports', (request, response) => {
        let body = '';
        request.setEncoding('utf8').on('data', (part) => {
          body += part;
        });
        request.on('end', () => {
          reports.push(body);
          response.writeHead(204).end();
        });
      });
    },
  };
}
