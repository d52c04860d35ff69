/** CPU time and memory of a browser's processes, on Linux. Elsewhere they are unknown. */
import { readFile, writeFile } from 'node:fs/promises';
import { processTree } from '../../scripts/lab/cpu-time.mjs';
import { sum } from '../statistics.mjs';

/** The unit of CPU times in /proc, in ms. Linux converts all of them to 100 a second for programs. */
const TICK = 10;
/** Interval in ms at which the times of processes are read, so that those of ended processes are known. */
const POLL = 2_000;

/** Measures the CPU time of a process and its descendants, and that of the whole machine. */
export class CpuMeter {
  #root;
  /** CPU times in ms at the start and at the last reading, by process. */
  #before = new Map();
  #last = new Map();
  #machine;
  #begin;
  #timer;

  /** @param {number} root the process's id. */
  constructor(root) {
    this.#root = root;
  }

  async start() {
    this.#before = await cpuTimes(this.#root);
    this.#last = new Map(this.#before);
    this.#machine = await machineTime();
    this.#begin = performance.now();
    this.#timer = setInterval(() => this.#read(), POLL);
  }

  /**
   * @returns {Promise<{ cpuMs?: number, othersCores?: number }>} the CPU time since the start, and the mean number of cores
   *   that other programs used.
   */
  async stop() {
    clearInterval(this.#timer);
    await this.#read();
    const elapsed = performance.now() - this.#begin;
    const machine = await machineTime();
    if (this.#machine === undefined || machine === undefined) return {};
    const cpuMs = sum([...this.#last].map(([process, time]) => time - (this.#before.get(process) ?? 0)));
    return { cpuMs, othersCores: Math.max(0, (machine - this.#machine - cpuMs) / elapsed) };
  }

  async #read() {
    for (const [process, time] of await cpuTimes(this.#root)) this.#last.set(process, time);
  }
}

/** User and system time of the process and its descendants, in ms by process. Empty except on Linux. */
async function cpuTimes(root) {
  const times = new Map();
  for (const process of await processTree(root).catch(() => [])) {
    const text = await readFile(`/proc/${process}/stat`, 'utf8').catch(() => undefined);
    if (text === undefined) continue;
    // The second field is the program's name in parentheses, which may contain spaces. utime and stime are fields 14 and 15.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    times.set(process, TICK * (Number(fields[11]) + Number(fields[12])));
  }
  return times;
}

/** CPU time of all programs since the start of the machine, in ms. */
async function machineTime() {
  const text = await readFile('/proc/stat', 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const [user, nice, system, , , interrupts, softInterrupts] = text
    .split('\n')[0]
    .split(/\s+/)
    .slice(1)
    .map(Number);
  return TICK * (user + nice + system + interrupts + softInterrupts);
}

/** Memory of a process and its descendants in bytes. Shared pages count proportionally (PSS). */
export async function memoryOf(root) {
  const processes = await processTree(root).catch(() => []);
  const sizes = await Promise.all(
    processes.map(async (process) => {
      const text = await readFile(`/proc/${process}/smaps_rollup`, 'utf8').catch(() => '');
      return 1024 * Number(/^Pss:\s+(\d+)/m.exec(text)?.[1] ?? 0);
    }),
  );
  return sum(sizes) || undefined;
}

/**
 * Gives the process's session precedence over other sessions. With automatic groups (`kernel.sched_autogroup_enabled`), Linux
 * divides the CPU by sessions, and `nice` counts only within one: without this, other programs at low priority take an equal
 * part.
 *
 * @param {number} root the session's first process.
 * @returns {Promise<boolean>} whether that was possible.
 */
export function prioritize(root) {
  return writeFile(`/proc/${root}/autogroup`, '-20').then(
    () => true,
    () => false,
  );
}
