/** The code blocks of the pages compile with the package as apps install it. */
import assert from 'node:assert/strict';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { CommandError, run } from '../../scripts/setup/command.mjs';
import { root } from '../../scripts/setup/paths.mjs';
import { codeBlocks, guides, read } from './pages.mjs';

/** Written by each run and kept for inspection. Packages resolve from here as in an app. */
const folder = join(root, 'tests', 'output', 'docs');

/** A page with an error in its third line. It verifies that the compiler checks the blocks. */
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
  assert.ok(sources.length > 10, 'the pages have code blocks');

  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(configuration, undefined, 2));
  const places = new Map();
  for (const { page, line, language, code } of sources) {
    const name = `${page.replaceAll(/[/.]/g, '-')}-${line}.${language}`;
    places.set(name, { page, line });
    await writeFile(join(folder, name), asModule(code));
  }

  // Indented lines continue the report above them.
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

test('code blocks have a known language', () => {
  const known = ['css', 'html', 'http', 'js', 'json', 'mermaid', 'nginx', 'sh', 'text', 'toml', 'ts', 'tsx'];
  const strange = guides.flatMap((page) =>
    codeBlocks(read(page))
      .filter(({ language }) => !known.includes(language))
      .map(({ line, language }) => `${page}:${line}: "${language}"`),
  );
  assert.deepEqual(strange, []);
});

/** The scripts in a block. A block of HTML can have several or none. */
function scriptsOf({ language, line, code }) {
  if (['ts', 'tsx', 'js'].includes(language)) return [{ language, line, code }];
  if (language !== 'html') return [];
  return [...code.matchAll(/<script type="module">(.*?)<\/script>/gs)].map(({ 1: script, index }) => ({
    language: 'js',
    line: line + code.slice(0, index).split('\n').length - 1,
    // Pages without a bundler import files instead of the package.
    code: script
      .replaceAll(/(from\s+|import\()(['"])[^'"]*cyclorama\/dist\/index\.js\2/g, '$1$2cyclorama$2')
      .replaceAll(/(from\s+|import\()(['"])[^'"]*cyclorama\/dist\/(\w+)\.js\2/g, '$1$2cyclorama/$3$2'),
  }));
}

/** Converts code to a module. The additions are at the end, so that lines keep their numbers. */
function asModule(code) {
  const room = /\broom\b/.test(code) && !/\b(?:const|let|function) room\b|\broom[,:)]/.test(code);
  const sdk = /twilio/.test(code) ? 'twilio-video' : 'livekit-client';
  return `${code}\nexport {};\n${room ? `declare const room: import('${sdk}').Room;\n` : ''}`;
}

/** The compiler's output, by line. */
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

/** Replaces the generated file in a compiler report with the page and its line. */
function located(report, places) {
  const [, name, line, rest] = /([^/\\]+)\((\d+),\d+\): (.*)/.exec(report) ?? [];
  const place = places.get(name);
  return place ? `${place.page}:${place.line + Number(line) - 1}: ${rest}` : report;
}
