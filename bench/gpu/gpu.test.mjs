/**
 * Short runs of the kit on a software adapter: the browser's module with 32-bit weights, tuned as on hardware, and with 16-bit
 * weights. Needs the built package. The adapter is that of VK_DRIVER_FILES, or else Chromium's SwiftShader, and for 16-bit
 * weights Mesa's lavapipe.
 */
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { CommandError, UnavailableError } from '../../scripts/setup/command.mjs';
import { prepareLavapipe } from '../../scripts/setup/lavapipe.mjs';
import { reportModules } from '../report/drive.mjs';
import { sum } from '../statistics.mjs';
import { parseArguments } from './arguments.mjs';
import { measureHere, prepareKit } from './main.mjs';

const quick = parseArguments(['--local', '--quick', '--rounds', '1', '--engine', 'cyclorama'], 'linux');
const [height720] = quick.sizes;
/** The tolerance of tests/golden for 32-bit weights. 16-bit weights are used only where they change nothing. */
const TOLERANCE = 5e-4;
/** @type {import('./kit/measure.mjs').Settings} */
let kit;
/** Why nothing can be measured. */
let unavailable = process.platform === 'linux' ? undefined : 'Dawn has a software adapter on Linux only';
const chosenDriver = process.env.VK_DRIVER_FILES;

before(async () => {
  if (unavailable) return;
  try {
    kit = await prepareKit(quick);
  } catch (error) {
    // npm cannot reach the registry.
    if (!(error instanceof CommandError)) throw error;
    unavailable = `the packages of bench/ cannot be installed: ${error.message}`;
  }
});

/** Measures, or skips the test if this machine has no such software adapter. */
async function measure(context, disguise, prepareDriver = () => ({})) {
  if (unavailable) return context.skip(unavailable);
  try {
    if (!chosenDriver) {
      // That of the test before.
      delete process.env.VK_DRIVER_FILES;
      Object.assign(process.env, await prepareDriver());
    }
    return await measureHere({ ...kit, disguise }, 'emulated');
  } catch (error) {
    if (!(error instanceof UnavailableError)) throw error;
    return context.skip(error.message);
  }
}

function checkReport(report, precision) {
  const { worstDifference, problems, rows, frame, operators } = report;
  assert.deepEqual(problems, []);
  const errors = rows.map(({ error }) => error);
  assert.deepEqual(errors, [undefined, undefined]);
  assert.ok(worstDifference > 0 && worstDifference < TOLERANCE, `off by ${worstDifference}`);
  const [whole] = rows;
  assert.deepEqual([whole.precision, whole.input], [precision, height720]);
  assert.ok(whole.ranges.frame.median > whole.ranges.inference.median);
  assert.ok(whole.gpuBytes > 4 * 1280 * 720 && whole.gpuBytes < 1e8, `${whole.gpuBytes} bytes`);
  assert.ok(frame.inferenceDispatches > 0 && frame.inferenceDispatches <= frame.dispatches);
  for (const count of ['submissions', 'passes']) assert.ok(frame[count] > 0, count);
  assert.equal(sum(operators.map(({ dispatches }) => dispatches)), frame.inferenceDispatches);
  // The timestamps of lavapipe do not time the work.
  if (precision === 'f32') assert.ok(operators.every(({ us }) => us > 0));
  assert.ok(frame.calls > frame.jsObjects && frame.jsObjects > frame.passes);
}

test('the module computes the golden output with 32-bit weights, in a report that the benchmark page opens', async (context) => {
  const report = await measure(context, { without: ['shader-f16'] });
  if (!report) return;
  checkReport(report, 'f32');
  assert.equal(report.rows[0].fallbackAdapter, true);
  const { floor, peaks, machine } = report;
  assert.ok(floor.submissions50 > floor.submission && peaks.fmaGflops > 0.1 && peaks.copyGBs > 0.1);
  assert.equal(machine.adapter.software, true);
  const { checkReport: readByPage, machineText } = await reportModules();
  const opened = readByPage(JSON.parse(JSON.stringify(report)));
  assert.equal(opened.rows.length, report.rows.length);
  assert.match(machineText(opened), /Dawn .*software/);
});

test('the module computes the golden output when it is tuned as on hardware', async (context) => {
  const report = await measure(context, { without: ['shader-f16'], isFallbackAdapter: false });
  if (!report) return;
  checkReport(report, 'f32');
  assert.equal(report.rows[0].fallbackAdapter, false);
});

test('the module computes the golden output with 16-bit weights', async (context) => {
  const report = await measure(context, {}, prepareLavapipe);
  if (!report) return;
  if (chosenDriver && !report.machine.adapter.f16) return context.skip('the driver has no shader-f16');
  checkReport(report, 'f16');
});
