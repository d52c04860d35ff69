/** Runs the README's commands in a clone and reads off what they write how long each step took. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { stripVTControlCharacters } from 'node:util';
import { CommandError } from '../setup/command.mjs';
import { freePort } from '../setup/port.mjs';
import { step } from '../setup/progress.mjs';

/** @typedef {{ command: string, title: string, seconds: number, note?: string }} Step */

export class Session {
  #checkout;
  #env;
  #log;

  /**
   * @param {string} checkout the clone.
   * @param {Record<string, string>} env the whole environment.
   * @param {string} log the file that gets all that the commands write.
   */
  constructor(checkout, env, log) {
    this.#checkout = checkout;
    this.#env = env;
    this.#log = createWriteStream(log, { flags: 'a' });
  }

  /**
   * `npm start` until its page and all that this loads first answer, and on until everything is built.
   *
   * @returns {Promise<Step[]>}
   */
  async start(command, minutes) {
    const port = await freePort();
    const server = this.#spawn(['start', '--', '--no-open', '--port', String(port)]);
    const deadline = performance.now() + minutes * 60_000;
    const rows = [];
    try {
      await step(`${command}: first answer`, async (report) => {
        server.onLine = report;
        await server.until(() => answers(`http://localhost:${port}/`), deadline);
        rows.push({ command, title: '**first answered request**', seconds: server.seconds() });
      });
      await step(`${command}: all modules`, async (report) => {
        server.onLine = report;
        const ready = () => isReady(`http://localhost:${port}/building.json`);
        await server.until(ready, deadline);
        rows.push({ command, title: 'WebGPU module ready', seconds: server.seconds() });
      });
    } finally {
      await server.stop();
    }
    return [...server.steps.map((each) => ({ command, ...each })), ...rows];
  }

  /**
   * `npm test` to its end. A test that fails is in the result, and its output in the log: the times count all the same.
   *
   * @returns {Promise<Step[]>}
   * @throws {CommandError} where the tests come to no end.
   */
  async test(command, minutes) {
    let rows;
    await step(command, async (report) => {
      const tests = this.#spawn(['test', '--', '--again']);
      tests.onLine = report;
      const status = await Promise.race([tests.exit, pause(minutes * 60_000, 'late', { ref: false })]);
      await tests.stop();
      const closing = tests.output.match(/^\d+ passed, \d+ failed.*$/m)?.[0];
      if (!closing) throw new CommandError('npm test', `ended with ${status}`, tests.output);
      if (status !== 0) process.exitCode = 1;
      const all = { command, title: '**to its end**', seconds: tests.seconds(), note: closing };
      rows = [...tests.steps.map((each) => ({ command, ...each })), all];
      return closing;
    });
    return rows;
  }

  #spawn(args) {
    const child = spawn('npm', args, {
      cwd: this.#checkout,
      env: this.#env,
      stdio: ['ignore', 'pipe', 'pipe'],
      // npm, Node.js and cargo end together.
      detached: true,
    });
    return new Running(child, this.#log);
  }
}

/** A command under way. */
class Running {
  /** All that it wrote. */
  output = '';
  /** @type {{ title: string, seconds: number, note?: string }[]} the steps that it reported as done. */
  steps = [];
  /** @type {(line: string) => void} */
  onLine = () => {};
  #child;
  #since = performance.now();

  constructor(child, log) {
    this.#child = child;
    // Nothing is left running behind a rehearsal that is interrupted.
    process.once('exit', () => this.#kill());
    this.exit = once(child, 'exit').then(([code, signal]) => code ?? signal);
    for (const stream of [child.stdout, child.stderr]) {
      let partial = '';
      stream.setEncoding('utf8').on('data', (text) => {
        log.write(text);
        const plain = stripVTControlCharacters(text);
        this.output += plain;
        const lines = (partial + plain).split('\n');
        partial = lines.pop();
        for (const line of lines) this.#read(line);
      });
    }
  }

  #read(line) {
    this.onLine(line);
    const [, title, seconds, note] = /^ {2}✓ (.+?) +(\d+\.\d) s(?: {2}(.*))?$/.exec(line) ?? [];
    if (title && note !== 'up to date') this.steps.push({ title, seconds: Number(seconds), note });
  }

  /** How long it has run. */
  seconds() {
    return (performance.now() - this.#since) / 1000;
  }

  /** Asks until the answer is yes. */
  async until(ask, deadline) {
    let status;
    this.exit.then((code) => {
      status = code;
    });
    while (!(await ask())) {
      if (status !== undefined) throw new CommandError('npm start', `ended with ${status}`, this.output);
      if (performance.now() > deadline) throw new CommandError('npm start', 'takes too long', this.output);
      await pause(200);
    }
  }

  async stop() {
    this.#kill();
    await this.exit;
  }

  #kill() {
    if (this.#child.exitCode === null && this.#child.signalCode === null) process.kill(-this.#child.pid);
  }
}

/** Whether a server has the page. */
async function answers(address) {
  const response = await fetch(address).catch(() => undefined);
  return response?.ok && (await response.text()).includes('Cyclorama');
}

/** Whether everything is built: a server that had nothing left to build has no word on it. */
async function isReady(address) {
  const response = await fetch(address).catch(() => undefined);
  if (!response?.headers.get('content-type')?.includes('json')) return response !== undefined;
  const { state } = await response.json();
  if (state === 'failed') throw new Error('the WebGPU module could not be compiled');
  return state === 'ready';
}
