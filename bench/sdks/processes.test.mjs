/** CPU time of processes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CpuMeter, memoryOf } from './processes.mjs';

test('the CPU time of this process is counted', { skip: process.platform !== 'linux' }, async () => {
  const meter = new CpuMeter(process.pid);
  await meter.start();
  const before = process.cpuUsage();
  while (process.cpuUsage(before).user < 300_000);
  const { cpuMs, othersCores } = await meter.stop();
  const { user, system } = process.cpuUsage(before);
  assert.ok(Math.abs(cpuMs - (user + system) / 1000) < 60, `${cpuMs} ms`);
  assert.ok(othersCores >= 0);
  assert.ok((await memoryOf(process.pid)) > 10e6);
});
