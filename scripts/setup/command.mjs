/** Running other programs, and the ways in which a preparation can fail. */
import { spawn } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { setPriority, constants as system } from 'node:os';
import { delimiter, join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { executable, root } from './paths.mjs';

/** Something that only the user can put right. The message says in one line what to do. */
export class SetupError extends Error {}

/**
 * Something that has to be fetched and cannot be had here: a browser, a driver, a tool. A command that needs it ends with the
 * message; the tests skip what needs it, and run the rest.
 */
export class UnavailableError extends SetupError {}

/** A program that failed; `output` holds what it wrote. */
export class CommandError extends Error {
  constructor(command, outcome, output) {
    super(`\`${command}\` ${outcome}`);
    this.output = output;
  }
}

/** The full path of a program on `PATH`, or undefined. */
export function which(name) {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const candidate = join(folder, executable(name));
    if (folder && isExecutable(candidate)) return candidate;
  }
  return undefined;
}

/** Whether the path names a file that may be run. */
export function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/**
 * Runs a program without standard input and resolves with all that it wrote (stdout and stderr, in order), without colours.
 * `onLine` sees each line as it comes. `patient` leaves the cores to other programs that want them.
 *
 * @throws {CommandError} when it cannot be started, exits with another status than 0, or `timeout` (ms) ends it.
 */
export function run(program, args, { cwd = root, env = {}, onLine, timeout, patient = false } = {}) {
  const shown = [program, ...args].join(' ');
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout,
    });
    if (patient && child.pid) setPriority(child.pid, system.priority.PRIORITY_LOW);
    let output = '';
    const plainOutput = () => stripVTControlCharacters(output);
    const listen = (stream) => {
      let partial = '';
      stream.setEncoding('utf8');
      stream.on('data', (text) => {
        output += text;
        // Progress bars rewrite their line with a carriage return.
        const lines = (partial + text).split(/[\r\n]+/);
        partial = lines.pop();
        for (const line of lines) onLine?.(stripVTControlCharacters(line));
      });
    };
    listen(child.stdout);
    listen(child.stderr);
    const fail = (outcome) => reject(new CommandError(shown, outcome, plainOutput()));
    child.on('error', (error) => fail(`could not be started: ${error.message}`));
    child.on('close', (code, signal) => {
      if (code === 0) resolve(plainOutput());
      else fail(signal ? `was ended by ${signal}` : `failed with status ${code}`);
    });
  });
}

/** The line of a failed command's output that says why: cargo and apt mark it, most programs end with it. */
export function causeOf({ output, message }) {
  const lines = output
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);
  const marked = lines.find((line) => /^(error|E)(\[\w+\])?: /i.test(line));
  return (marked ?? lines.at(-1) ?? message).replace(/^(error|E)(\[\w+\])?: /i, '').slice(0, 200);
}

/** Like {@link run}, but a failure is `undefined`: for questions where "no" is an answer. */
export async function ask(program, args, options) {
  try {
    return (await run(program, args, options)).trim();
  } catch {
    return undefined;
  }
}
