import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The files of the two versions of Linux's control groups. */
const VERSIONS = [
  {
    root: '/sys/fs/cgroup/memory',
    marker: 'memory.limit_in_bytes',
    limit: 'memory.limit_in_bytes',
    peak: 'memory.max_usage_in_bytes',
  },
  {
    root: '/sys/fs/cgroup',
    marker: 'cgroup.controllers',
    limit: 'memory.max',
    peak: 'memory.peak',
    before: [],
  },
] as const;

/** Processes with a common memory limit that the kernel enforces. */
export interface MemoryLimit {
  /** Adds a process. Its later child processes are included. */
  add(process: number): void;
  /** The highest memory usage, in bytes. */
  peak(): number;
  /** Removes the limit. Call it after the processes have exited. */
  remove(): void;
}

/** Makes a group of processes that the kernel kills if they exceed a number of bytes. Returns the reason if that is not possible. */
export function limitMemory(bytes: number): MemoryLimit | string {
  const version = VERSIONS.find(({ root, marker }) => existsSync(join(root, marker)));
  if (!version) return 'there are no control groups to limit memory with';
  const folder = join(version.root, `cyclorama-phones-${process.pid}`);
  const write = (file: string, value: string) => writeFileSync(join(folder, file), value);
  try {
    mkdirSync(folder);
    write(version.limit, String(bytes));
  } catch (cause) {
    if (existsSync(folder)) rmdirSync(folder);
    return `memory cannot be limited without the right to make control groups: ${(cause as Error).message}`;
  }
  return {
    add: (process) => write('cgroup.procs', String(process)),
    peak: () => Number(readFileSync(join(folder, version.peak), 'utf8')),
    remove: () => rmdirSync(folder),
  };
}

/** The processes that a browser forks its renderers from, by the browser's own process. */
export function findZygotes(browser: number): number[] {
  const children = readFileSync(`/proc/${browser}/task/${browser}/children`, 'utf8')
    .split(' ')
    .filter(Boolean);
  return children
    .map(Number)
    .filter((child) => readFileSync(`/proc/${child}/cmdline`, 'utf8').includes('--type=zygote'));
}
