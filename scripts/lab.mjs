/** `npm run lab`: long experiments that search for failures. See scripts/lab/. */
import { main } from './setup/progress.mjs';
import { dispatch } from './subcommands.mjs';

await main(() =>
  dispatch(
    {
      name: 'lab',
      about:
        'Runs long experiments that search for leaked camera frames, lost frames, memory growth, overhead and crashes, or count work.',
      subcommands: {
        faults: () => import('./lab/faults.mjs'),
        live: () => import('./lab/live.mjs'),
        soak: () => import('./lab/soak.mjs'),
        overhead: () => import('./lab/overhead.mjs'),
        instructions: () => import('./lab/instructions.mjs'),
        builds: () => import('./lab/builds.mjs'),
        orders: () => import('./lab/orders.mjs'),
        fuzz: () => import('./lab/fuzz.mjs'),
      },
    },
    process.argv.slice(2),
  ),
);
