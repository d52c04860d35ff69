/** CPU time of a process and its descendants. The load of other programs does not affect it. */
import { readdir, readFile } from 'node:fs/promises';

/**
 * The CPU time in milliseconds since the processes started. `undefined` except on Linux.
 *
 * @param {number} root the process's id.
 */
export async function cpuTime(root) {
  const processes = await processTree(root).catch(() => undefined);
  if (!processes) return undefined;
  let nanoseconds = 0;
  for (const process of processes) {
    // A process or thread may end in the meantime.
    for (const thread of await readdir(`/proc/${process}/task`).catch(() => [])) {
      const text = await readFile(`/proc/${process}/task/${thread}/schedstat`, 'utf8').catch(() => '0');
      nanoseconds += Number(text.split(' ')[0]);
    }
  }
  return nanoseconds / 1e6;
}

/** The ids of a process and its descendants. */
export async function processTree(root) {
  const children = new Map();
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const status = await readFile(`/proc/${name}/status`, 'utf8').catch(() => '');
    const parent = Number(status.match(/^PPid:\s+(\d+)$/m)?.[1]);
    children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
  }
  const found = [root];
  for (const process of found) found.push(...(children.get(process) ?? []));
  return found;
}
