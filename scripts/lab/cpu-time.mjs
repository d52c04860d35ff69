/** CPU time of a process and its descendants, which other programs on the machine do not add to. */
import { readdir, readFile } from 'node:fs/promises';

/**
 * In milliseconds since the processes began; `undefined` except on Linux.
 *
 * @param {number} root the process's id.
 */
export async function cpuTime(root) {
  const processes = await tree(root).catch(() => undefined);
  if (!processes) return undefined;
  let nanoseconds = 0;
  for (const process of processes) {
    // A process or thread may end meanwhile.
    for (const thread of await readdir(`/proc/${process}/task`).catch(() => [])) {
      const text = await readFile(`/proc/${process}/task/${thread}/schedstat`, 'utf8').catch(() => '0');
      nanoseconds += Number(text.split(' ')[0]);
    }
  }
  return nanoseconds / 1e6;
}

async function tree(root) {
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
