/** `npm start`: prepares what is missing, then serves the demo; what a page can do without is built behind it. */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { SetupError } from './setup/command.mjs';
import { root } from './setup/paths.mjs';
import { buildPackage, Preparation } from './setup/prepare.mjs';
import { main } from './setup/progress.mjs';
import { areBuilt, prepareWasm, writePlaceholder } from './setup/wasm.mjs';
import { StillBuilding } from './start/still-building.mjs';

const help = `Usage: npm start -- [options]

Prepares what is missing and serves the demo with a virtual background in front of the bundled clip or your camera.
The first start compiles the module for WebGL2 and the CPU, serves the pages with it, and compiles the one for WebGPU
behind them; terminal and pages say when it is ready.

  --port NUMBER   the port to serve on (default 5173, or the next free one)
  --host [NAME]   serve on this address, or on all of them, instead of this machine alone; prints a QR code with which a
                  phone opens the page "Check this browser" (/check.html)
  --peers         serve other engines to the benchmark page as well (/benchmark.html); installs them on first use
  --no-open       print the address and leave the browser alone
  -h, --help      show this text`;

await main(async () => {
  const { values } = parseArgs({
    args: hostWithoutName(process.argv.slice(2)),
    options: {
      port: { type: 'string' },
      host: { type: 'string' },
      peers: { type: 'boolean', default: false },
      'no-open': { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) return console.log(help);
  const port = values.port === undefined ? undefined : parsePort(values.port);

  const preparation = new Preparation();
  // The compilers start while npm downloads.
  const [, behind] = await Promise.all([
    preparation.need('models'),
    prepareModules(preparation.need('packages')),
  ]);
  await buildPackage();
  // These are packages that have only just been installed, or import one.
  const [{ createServer }, { checkUrl, networkAddress, qrCode }] = await Promise.all([
    import('vite'),
    import('./start/network.mjs'),
  ]);
  const server = await createServer({
    root: join(root, 'demo-chime'),
    plugins: [
      networkAddress(() => server.resolvedUrls?.network[0]),
      ...(behind ? [behind.plugin()] : []),
      ...(values.peers ? [await otherEngines()] : []),
    ],
    server: {
      port,
      strictPort: port !== undefined,
      host: values.host === '' ? true : values.host,
      open: !values['no-open'] && hasDisplay(),
    },
  });
  await server.listen().catch(async (error) => {
    await server.close();
    throw new SetupError(`The demo cannot be served: ${error.message}.`);
  });
  console.log();
  server.printUrls();
  const url = checkUrl(server.resolvedUrls);
  if (url) {
    console.log(`\n  Check a phone in the same network: ${url}\n`);
    console.log(qrCode(url, process.stdout.isTTY && !process.env.NO_COLOR));
    console.log('\n  Without https, browsers keep WebGPU and cameras from such a page.');
  }
  console.log('\n  Stop with Ctrl+C.');
  if (!behind) return;
  console.log('  The pages run on the CPU and WebGL2 until the WebGPU module is compiled.\n');
  await behind.follow(prepareWasm(['webgpu']).then(buildPackage));
  console.log('\n  The WebGPU module is ready: reload the page.');
});

/**
 * Puts the wasm modules in place; the WebGPU module, which takes minutes, only where it is built already.
 *
 * @returns {Promise<StillBuilding | undefined>} what is to follow the build of the WebGPU module where that is missing.
 */
async function prepareModules(packages) {
  if (await areBuilt(['webgpu'])) {
    await prepareWasm(['webgl', 'webgpu', 'quality'], packages);
    return undefined;
  }
  await prepareWasm(['webgl', 'quality'], packages);
  await writePlaceholder();
  return new StillBuilding();
}

/** What serves the other engines to the benchmark page, once they are installed. */
async function otherEngines() {
  const { preparePeers } = await import('../bench/packages.mjs');
  const { prepareConverted } = await import('../bench/convert/convert.mjs');
  const { findModels, shortNames } = await import('../bench/models.mjs');
  const { peers } = await import('../bench/peers/plugin.mjs');
  await preparePeers();
  await prepareConverted(await findModels(Object.keys(shortNames))).catch((error) => {
    if (!(error instanceof SetupError)) throw error;
    console.log(`\n  ${error.message}\n  Without that, LiteRT.js alone runs our networks.`);
  });
  return peers();
}

/** `--host` may stand alone: it then means every address. */
function hostWithoutName(args) {
  return args.map((arg, index) => {
    const alone = arg === '--host' && (index + 1 === args.length || args[index + 1].startsWith('-'));
    return alone ? '--host=' : arg;
  });
}

function parsePort(text) {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 1 || port > 65535) {
    throw new SetupError(`--port takes a number from 1 to 65535, not "${text}".`);
  }
  return port;
}

function hasDisplay() {
  if (process.env.CI) return false;
  return process.platform !== 'linux' || Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY);
}
