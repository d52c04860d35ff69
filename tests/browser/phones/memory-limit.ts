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

/** Processes whose memory, all together, has a bound that the kernel keeps. */
export interface MemoryLimit {
  /** Those that the process starts from now on belong to it as well. */
  add(process: number): void;
  /** The most that they held at a time, in bytes. */
  peak(): number;
  /** To be called once the processes have ended. */
  remove(): void;
}

/** Makes a group of processes that the kernel ends where they need more than so many bytes; where that cannot be, gives the reason. */
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

/** The processes that a browser's renderers are forked from, by the browser's own process. */
export function findZygotes(browser: number): number[] {
  const children = readFileSync(`/proc/${browser}/task/${browser}/children`, 'utf8')
    .split(' ')
    .filter(Boolean);
  return children
    .map(Number)
    .filter((child) => readFileSync(`/proc/${child}/cmdline`, 'utf8').includes('--type=zygote'));
}
