/** Runs the README's commands in a clone and reads the time of each step from their output. */
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
   * @param {Record<string, string>} env the complete environment.
   * @param {string} log the file that receives the output of all commands.
   */
  constructor(checkout, env, log) {
    this.#checkout = checkout;
    this.#env = env;
    this.#log = createWriteStream(log, { flags: 'a' });
  }

  /**
   * Runs `npm start` until its page answers and all modules are built.
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
        rows.push({ command, title: '**first response**', seconds: server.seconds() });
      });
      await step(`${command}: all modules`, async (report) => {
        server.onLine = report;
        const ready = () => isReady(`http://localhost:${port}/building.json`);
        await server.until(ready, deadline);
        rows.push({ command, title: 'all modules ready', seconds: server.seconds() });
      });
    } finally {
      await server.stop();
    }
    return [...server.steps.map((each) => ({ command, ...each })), ...rows];
  }

  /**
   * Runs `npm test` to its end. Failed tests are counted in the result, and their output is in the log.
   *
   * @returns {Promise<Step[]>}
   * @throws {CommandError} if the tests do not finish.
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
      const all = { command, title: '**total**', seconds: tests.seconds(), note: closing };
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
      // A process group of its own, so that npm, Node.js and cargo are terminated together.
      detached: true,
    });
    return new Running(child, this.#log);
  }
}

/** A running command. */
class Running {
  /** The whole output. */
  output = '';
  /** @type {{ title: string, seconds: number, note?: string }[]} the finished steps. */
  steps = [];
  /** @type {(line: string) => void} */
  onLine = () => {};
  #child;
  #since = performance.now();

  constructor(child, log) {
    this.#child = child;
    // An interrupted run leaves no processes behind.
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

  /** Seconds since the start. */
  seconds() {
    return (performance.now() - this.#since) / 1000;
  }

  /** Polls until `ask` resolves with true. */
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

/** Whether a server serves the page. */
async function answers(url) {
  const response = await fetch(url).catch(() => undefined);
  return response?.ok && (await response.text()).includes('Cyclorama');
}

/** Whether everything is built. A server without a pending build does not serve a state. */
async function isReady(url) {
  const response = await fetch(url).catch(() => undefined);
  if (!response?.headers.get('content-type')?.includes('json')) return response !== undefined;
  const { state } = await response.json();
  if (state === 'failed') throw new Error('the modules for GPUs could not be compiled');
  return state === 'ready';
}
