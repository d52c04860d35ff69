/** The root of the checkout contains exactly the files and folders of `.ci/root`. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { ask } from '../setup/command.mjs';
import { root } from '../setup/paths.mjs';

const listed = await ask('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard']);

test('all files and folders in the root are listed in .ci/root', {
  skip: !listed && 'git cannot list the files',
}, async () => {
  const lines = (await readFile(join(root, '.ci', 'root'), 'utf8')).split('\n');
  const owned = lines.filter((line) => line && !line.startsWith('#')).map((line) => line.split(/\s+/));
  for (const [name, ...purpose] of owned) assert.ok(purpose.length > 0, `${name} has a purpose`);
  const found = new Set(
    listed
      .split('\0')
      .filter(Boolean)
      .map((path) => path.split('/')[0]),
  );
  assert.deepEqual([...found].sort(), owned.map(([name]) => name).sort());
});
