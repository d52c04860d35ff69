/** Code that people copy out of the pages has to compile against the package as they install it. */
import assert from 'node:assert/strict';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { CommandError, run } from '../../scripts/setup/command.mjs';
import { root } from '../../scripts/setup/paths.mjs';
import { codeBlocks, guides, read } from './pages.mjs';

/** Written anew by each run, and kept to be looked at. Packages are found from here as an app finds them. */
const folder = join(root, 'tests', 'output', 'docs');

/** A page of the test's own, whose third line is wrong: that the compiler finds it says that it looked. */
const control = {
  page: 'control.md',
  text: "```ts\nimport { VirtualBackground } from 'cyclorama';\nawait VirtualBackground.create({ effect: { kind: 'blurr' } });\n```\n",
};

const configuration = {
  compilerOptions: {
    target: 'ES2023',
    lib: ['ES2023', 'DOM', 'DOM.Iterable', 'DOM.AsyncIterable'],
    module: 'ESNext',
    moduleResolution: 'Bundler',
    jsx: 'react-jsx',
    strict: true,
    verbatimModuleSyntax: true,
    isolatedModules: true,
    allowJs: true,
    checkJs: true,
    skipLibCheck: true,
    types: ['node'],
    noEmit: true,
  },
  include: ['.', '../../docs/prelude.d.ts'],
};

test('code blocks compile, and one that is wrong does not', { timeout: 240_000 }, async () => {
  const sources = [...guides.map((page) => ({ page, text: read(page) })), control].flatMap(({ page, text }) =>
    codeBlocks(text).flatMap((block) => scriptsOf(block).map((script) => ({ page, ...script }))),
  );
  assert.ok(sources.length > 10, 'there are blocks to compile');

  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(configuration, undefined, 2));
  const places = new Map();
  for (const { page, line, language, code } of sources) {
    const name = `${page.replaceAll(/[/.]/g, '-')}-${line}.${language}`;
    places.set(name, { page, line });
    await writeFile(join(folder, name), asModule(code));
  }

  // Lines that begin with a blank go on with the report above them.
  const reports = (await compile())
    .filter((line) => !line.startsWith(' '))
    .map((line) => located(line, places));
  const ofControl = reports.filter((report) => report.startsWith(`${control.page}:`));
  assert.deepEqual(
    reports.filter((report) => !ofControl.includes(report)),
    [],
  );
  assert.equal(ofControl.length, 1);
  assert.match(ofControl[0], /^control\.md:3: error .*"blurr"/);
});

for (const page of guides) {
  const blocks = codeBlocks(read(page)).filter(({ language }) => language === 'json');
  if (blocks.length === 0) continue;
  test(`JSON in ${page} parses`, () => {
    for (const { line, code } of blocks) {
      assert.doesNotThrow(() => JSON.parse(code), `${page}:${line}`);
    }
  });
}

test('blocks say what language they are in', () => {
  const known = ['css', 'html', 'http', 'js', 'json', 'mermaid', 'nginx', 'sh', 'text', 'toml', 'ts', 'tsx'];
  const strange = guides.flatMap((page) =>
    codeBlocks(read(page))
      .filter(({ language }) => !known.includes(language))
      .map(({ line, language }) => `${page}:${line}: "${language}"`),
  );
  assert.deepEqual(strange, []);
});

/** The scripts in a block, which in a page of HTML are several or none. */
function scriptsOf({ language, line, code }) {
  if (['ts', 'tsx', 'js'].includes(language)) return [{ language, line, code }];
  if (language !== 'html') return [];
  return [...code.matchAll(/<script type="module">(.*?)<\/script>/gs)].map(({ 1: script, index }) => ({
    language: 'js',
    line: line + code.slice(0, index).split('\n').length - 1,
    // A page without a bundler names files where an app names the package.
    code: script
      .replaceAll(/(from\s+|import\()(['"])[^'"]*cyclorama\/dist\/index\.js\2/g, '$1$2cyclorama$2')
      .replaceAll(/(from\s+|import\()(['"])[^'"]*cyclorama\/dist\/(\w+)\.js\2/g, '$1$2cyclorama/$3$2'),
  }));
}

/** What follows the code moves none of its lines. */
function asModule(code) {
  const room = /\broom\b/.test(code) && !/\b(?:const|let|function) room\b|\broom[,:)]/.test(code);
  const sdk = /twilio/.test(code) ? 'twilio-video' : 'livekit-client';
  return `${code}\nexport {};\n${room ? `declare const room: import('${sdk}').Room;\n` : ''}`;
}

/** The lines that the compiler wrote. */
async function compile() {
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  try {
    return lines(await run(process.execPath, [tsc, '--pretty', 'false', '-p', folder]));
  } catch (error) {
    if (error instanceof CommandError) return lines(error.output);
    throw error;
  }
}

const lines = (output) => output.split('\n').filter(Boolean);

/** A report of the compiler with page and line in place of the file that was made of them. */
function located(report, places) {
  const [, name, line, rest] = /([^/\\]+)\((\d+),\d+\): (.*)/.exec(report) ?? [];
  const place = places.get(name);
  return place ? `${place.page}:${place.line + Number(line) - 1}: ${rest}` : report;
}
