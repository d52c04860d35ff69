/** The commands in the pages exist, with their subcommands and flags. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { CommandError, run } from '../../scripts/setup/command.mjs';
import { program, root } from '../../scripts/setup/paths.mjs';
import { commands, pages, read } from './pages.mjs';

const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
const noProgram = existsSync(program) ? false : 'the command line is not built';
/** The help of each program, by its command line. */
const helps = new Map();

// The changelog may name commands that no longer exist.
for (const page of pages.filter((page) => page !== 'CHANGELOG.md')) {
  const found = commands(read(page));
  const native = found.filter(({ command }) => ownCommand(command));
  const others = found.filter(({ command }) => !ownCommand(command));
  if (others.length > 0) {
    test(`commands in ${page}`, async () => {
      assert.deepEqual(await problems(page, others), []);
    });
  }
  if (native.length > 0) {
    test(`calls of cyclorama in ${page}`, { skip: noProgram }, async () => {
      assert.deepEqual(await problems(page, native), []);
    });
  }
}

for (const name of Object.keys(scripts)) {
  test(`npm run ${name} answers --help, and so do its subcommands`, async () => {
    const script = scripts[name].split(' ').slice(1);
    const help = await helpOf(process.execPath, [...script, '--help']);
    assert.match(help ?? '', /^Usage: npm .*\n\n/);
    for (const subcommand of subcommands(help)) {
      const its = await helpOf(process.execPath, [...script, subcommand, '--help']);
      assert.ok(its?.startsWith(`Usage: npm run ${name} -- ${subcommand}`), subcommand);
    }
  });
}

test('commands, subcommands and flags that do not exist are found', async () => {
  const wrong = [
    'npm run bake',
    'npm start -- --ports 80',
    'npm run bench -- --frame 3',
    'npm run bench -- operators --frames 3',
    'npm run lab -- soaks --frames 9',
    'npm run lab -- soak --frame 9',
    'npm run lab -- --frames 9',
    'npm test -- rust',
    'nmp test',
  ];
  const right = [
    'npm test -- --only rust',
    'npm run bench -- --frames 3 --markdown',
    'npm run bench -- native --markdown -- --precision f32',
    'npm run lab -- soak --frames 9',
    'npm run lab -- --help',
    'npm ci && npm run build',
  ];
  const reported = await problems(
    'page',
    [...wrong, ...right].map((command) => ({ command, line: 1 })),
  );
  assert.deepEqual(
    reported.map((report) => report.split(': ')[1]),
    wrong,
  );
});

test('calls of cyclorama that do not exist are found', { skip: noProgram }, async () => {
  const wrong = ['cyclorama segments', 'cyclorama segment a.jpg --mask-file b.png'];
  const right = ['cargo run --release -p cyclorama-cli -- segment a.jpg --mask b.png'];
  const reported = await problems(
    'page',
    [...wrong, ...right].map((command) => ({ command, line: 1 })),
  );
  assert.deepEqual(
    reported.map((report) => report.split(': ')[1]),
    wrong,
  );
});

async function problems(page, found) {
  const reported = [];
  for (const { command, line } of found) {
    for (const part of command.split(/\s*(?:&&|\|)\s*/)) {
      const problem = await problemOf(part);
      if (problem) reported.push(`${page}:${line}: ${command}: ${problem}`);
    }
  }
  return reported;
}

/** The problem of one command, or undefined. */
async function problemOf(command) {
  const own = ownCommand(command);
  if (own) return problemOfProgram(own);
  const [name, ...args] = command.split(/\s+/).filter((word) => !/^[A-Z_]+=/.test(word));
  switch (name) {
    case 'npm':
      return problemOfNpm(args);
    case 'node': {
      const script = args.find((word) => !word.startsWith('-'));
      if (!script) return undefined;
      if (!existsSync(join(root, script))) return `${script} does not exist`;
      return problemOfScript([script], args.slice(args.indexOf(script) + 1));
    }
    case 'python3':
      return existsSync(join(root, args[0])) ? undefined : `${args[0]} does not exist`;
    // Third-party programs.
    case 'cargo':
    case 'cd':
    case 'cp':
    case 'curl':
    case 'export':
    case 'ffmpeg':
    case 'git':
    case 'mkdir':
    case 'npx':
      return undefined;
    default:
      return name ? `${name} is not a known program` : undefined;
  }
}

function problemOfNpm([verb, ...args]) {
  if (['ci', 'audit', 'pack', 'publish'].includes(verb)) return undefined;
  if (['install', 'i', 'uninstall'].includes(verb)) {
    const unknown = args
      .filter((word) => !word.startsWith('-') && !word.endsWith('.tgz'))
      .map((word) => word.replace(/(.)@.*$/, '$1'))
      .find((word) => !(`node_modules/${word}` in lock.packages));
    return unknown && `${unknown} is not a package of this project`;
  }
  const script = verb === 'run' ? args.filter((word) => !word.startsWith('-'))[0] : verb;
  if (!scripts[script]) return `the script ${script} does not exist`;
  if (!args.includes('--')) return undefined;
  return problemOfScript(scripts[script].split(' ').slice(1), args.slice(args.indexOf('--') + 1));
}

/** The problem if a script lacks the subcommand, or if the help does not name the flags. */
async function problemOfScript(script, args) {
  const help = await helpOf(process.execPath, [...script, '--help']);
  const isNamed = args.length > 0 && !args[0].startsWith('-');
  const subcommand = isNamed ? args[0] : /^ {2}(\S+) .*\(default\)$/m.exec(help)?.[1];
  const its = subcommand ? await helpOf(process.execPath, [...script, subcommand, '--help']) : help;
  return missing(its, flags(args));
}

/** The subcommands that a help lists. */
function subcommands(help) {
  const [usage] = help.split('\n');
  return usage.includes('SUBCOMMAND')
    ? [...help.matchAll(/^ {2}([a-z][\w-]*) {2}/gm)].map(([, name]) => name)
    : [];
}

async function problemOfProgram([subcommand, ...args]) {
  const help = await helpOf(program, [subcommand, '--help']);
  return missing(help, flags(args));
}

function missing(help, given) {
  if (help === undefined) return 'that command does not exist';
  const strange = given.filter((flag) => !new RegExp(`(?<![\\w-])${flag}(?![\\w-])`).test(help));
  return strange.length > 0 ? `no flag ${strange.join(', ')}` : undefined;
}

/** The flags before a second `--`. Those after it belong to a different program. */
function flags(args) {
  const end = args.indexOf('--');
  return (end < 0 ? args : args.slice(0, end))
    .filter((word) => /^--?[a-z]/.test(word))
    .map((word) => word.split('=')[0]);
}

/** The arguments of a call of `cyclorama`, directly or with cargo. Undefined for other commands. */
function ownCommand(command) {
  const [, args] = /^(?:cyclorama|cargo run\b.*? --) +(.*)$/.exec(command) ?? [];
  return args?.split(/\s+/);
}

async function helpOf(file, args) {
  const key = [file, ...args].join(' ');
  if (!helps.has(key)) helps.set(key, run(file, args).catch(noHelp));
  return helps.get(key);
}

function noHelp(error) {
  if (error instanceof CommandError) return undefined;
  throw error;
}
