/** `npm start`: prepares what is missing and serves the demo. Builds the modules for GPUs in the background. */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { SetupError } from './setup/command.mjs';
import { root } from './setup/paths.mjs';
import { buildPackage, Preparation } from './setup/prepare.mjs';
import { main } from './setup/progress.mjs';
import { engines, missingEngines, prepareWasm, writePlaceholder } from './setup/wasm.mjs';
import { PendingBuild } from './start/pending-build.mjs';

const help = `Usage: npm start -- [options]

Prepares what is missing and serves the demo with a virtual background in front of the bundled clip or your camera.
The first start compiles the module for the CPU and serves the pages with it. Then it compiles the modules for WebGL2 and
WebGPU in the background. Terminal and pages report when they are ready.

  --port NUMBER   port of the server (default 5173, or the next free one)
  --host [NAME]   serve on this IP address, or on all, instead of localhost; print a QR code with which a phone opens
                  the page "Check this browser" (/check.html)
  --peers         also serve other engines to the benchmark page (/benchmark.html); installs them on first use
  --no-open       print the URL, and do not open the browser
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
  const [, pending] = await Promise.all([
    preparation.need('models'),
    prepareModules(preparation.need('packages')),
  ]);
  await buildPackage();
  // Imported late: these are npm packages, or import one.
  const [{ createServer }, { checkUrl, serverUrlTag, qrCode }] = await Promise.all([
    import('vite'),
    import('./start/network.mjs'),
  ]);
  const server = await createServer({
    root: join(root, 'demo-chime'),
    plugins: [
      serverUrlTag(() => server.resolvedUrls?.network[0]),
      ...(pending ? [pending.plugin()] : []),
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
    console.log('\n  Without HTTPS, browsers block WebGPU and cameras on this page.');
  }
  console.log('\n  Stop with Ctrl+C.');
  if (!pending) return;
  console.log('  The pages run on the CPU until the modules for WebGL2 and WebGPU are compiled.\n');
  await pending.follow(prepareWasm(['webgl', 'webgpu']).then(buildPackage));
  console.log('\n  The modules for WebGL2 and WebGPU are ready: reload the page.');
  // The module in relaxed SIMD only saves time, so it comes last.
  await prepareWasm().then(buildPackage);
});

/**
 * Puts the wasm modules in place. Those that take minutes, for GPUs and in relaxed SIMD, only if they are built already.
 *
 * @returns {Promise<PendingBuild | undefined>} follows the build of the modules for GPUs if a module is missing.
 */
async function prepareModules(packages) {
  const missing = (await missingEngines()).filter((name) => name !== 'cpu');
  const built = engines.filter((name) => !missing.includes(name));
  await prepareWasm([...built, 'quality'], packages);
  if (missing.length === 0) return undefined;
  for (const name of missing) await writePlaceholder(name);
  return new PendingBuild();
}

/** Installs the other engines, and returns the plugin that serves them to the benchmark page. */
async function otherEngines() {
  const { preparePeers } = await import('../bench/packages.mjs');
  const { prepareConverted } = await import('../bench/convert/convert.mjs');
  const { findModels, shortNames } = await import('../bench/models.mjs');
  const { peers } = await import('../bench/peers/plugin.mjs');
  await preparePeers();
  await prepareConverted(await findModels(Object.keys(shortNames))).catch((error) => {
    if (!(error instanceof SetupError)) throw error;
    console.log(`\n  ${error.message}\n  Without it, only LiteRT.js can run our models.`);
  });
  return peers();
}

/** Adds an empty value to a `--host` without a name, which selects all IP addresses. */
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
