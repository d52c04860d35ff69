/** `npm run build`: the npm package in `ts/`, wasm and models included. */
import { prepare } from './setup/prepare.mjs';
import { main } from './setup/progress.mjs';

await main(() => prepare({ package: true }));
