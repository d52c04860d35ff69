/** `npm run bench`: prepares what is missing and runs a benchmark. See bench/README.md. */
import { main } from './setup/progress.mjs';
import { dispatch } from './subcommands.mjs';

/** @param {string} mode a mode of bench/arguments.mjs. */
const inBrowser = (mode) => async () =>
  (await import('../bench/commands/browser.mjs')).measureInBrowser(mode);

await main(() =>
  dispatch(
    {
      name: 'bench',
      about: 'Measures how fast Cyclorama is.',
      subcommands: {
        page: inBrowser('page'),
        runtimes: inBrowser('runtimes'),
        operators: inBrowser('operators'),
        effects: inBrowser('effects'),
        sdks: () => import('../bench/commands/sdks.mjs'),
        gpu: () => import('../bench/commands/gpu.mjs'),
        copies: () => import('../bench/commands/copies.mjs'),
        native: () => import('../bench/commands/native.mjs'),
        xnnpack: () => import('../bench/commands/xnnpack.mjs'),
        seeds: () => import('../bench/commands/seeds.mjs'),
      },
      usual: 'page',
    },
    process.argv.slice(2),
  ),
);
