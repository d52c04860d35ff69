/** Runs other programs, and defines the errors of a preparation. */
import { spawn } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { setPriority, constants as system } from 'node:os';
import { delimiter, join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { executable, root } from './paths.mjs';

/** An error that only the user can fix. The message says in one line what to do. */
export class SetupError extends Error {}

/**
 * A required browser, driver or tool is unavailable and cannot be installed. A command that needs it ends with the message.
 * The tests skip the parts that need it, and run the rest.
 */
export class UnavailableError extends SetupError {}

/** A program failed. `output` is its output. */
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
 * Runs a program without standard input, and resolves with its output (stdout and stderr, in order) without colors.
 * `onLine` receives each line immediately. `patient` runs the program at low priority.
 *
 * @throws {CommandError} if it cannot be started, exits with a status other than 0, or exceeds `timeout` (ms).
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
      else fail(signal ? `was terminated by ${signal}` : `failed with status ${code}`);
    });
  });
}

/** The line of a failed command's output with the cause. cargo and apt mark it. For most programs it is the last line. */
export function causeOf({ output, message }) {
  const lines = output
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);
  const marked = lines.find((line) => /^(error|E)(\[\w+\])?: /i.test(line));
  return (marked ?? lines.at(-1) ?? message).replace(/^(error|E)(\[\w+\])?: /i, '').slice(0, 200);
}

/** Like {@link run}, but resolves with `undefined` if the command fails. */
export async function ask(program, args, options) {
  try {
    return (await run(program, args, options)).trim();
  } catch {
    return undefined;
  }
}
