/** `npm run wasm`: the wasm module in `ts/wasm/`, rebuilt when a Rust source has changed. */
import { writeDigests } from '../ts/scripts/digests.mjs';
import { checkNode, preparePackages } from './setup/npm.mjs';
import { main } from './setup/progress.mjs';
import { prepareWasm } from './setup/wasm.mjs';

await main(async () => {
  checkNode();
  await preparePackages();
  await prepareWasm();
  await writeDigests();
});
