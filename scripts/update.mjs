/** `npm run update`: writes again what is generated and committed; see scripts/update/. */
import { main } from './setup/progress.mjs';
import { dispatch } from './subcommands.mjs';

await main(() =>
  dispatch(
    {
      name: 'update',
      about: 'Writes again what is generated and committed. Look at what changed before you commit it.',
      subcommands: {
        goldens: () => import('./update/goldens.mjs'),
        'golden-images': () => import('./update/golden-images.mjs'),
        pages: () => import('./update/pages.mjs'),
        quality: () => import('./update/quality.mjs'),
        options: () => import('./update/options.mjs'),
        api: () => import('./update/api.mjs'),
        'third-party': () => import('./update/third-party.mjs'),
        sizes: () => import('./update/sizes.mjs'),
        'test-times': () => import('./update/test-times.mjs'),
        'browser-support': () => import('./update/browser-support.mjs'),
        'readme-animation': () => import('./update/readme-animation.mjs'),
      },
    },
    process.argv.slice(2),
  ),
);
