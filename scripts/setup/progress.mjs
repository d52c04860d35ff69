/** Prints the steps of a command and their times: a live line on a terminal, plain lines elsewhere. */
import { CommandError, SetupError, UnavailableError } from './command.mjs';

const live = process.stdout.isTTY && !process.env.CI;
const titleWidth = 34;
/** Interval of the status lines of a long step without a live line, in ms. */
const heartbeat = 30_000;
/** Printed lines of a failed program's output. Some tools print the cause first, most of them last. */
const outputHead = 15;
const outputTail = 50;

const paint = (code, text) =>
  process.stdout.isTTY && !process.env.NO_COLOR ? `\x1b[${code}m${text}\x1b[0m` : text;
const seconds = (since) => `${((performance.now() - since) / 1000).toFixed(1)} s`;

/** The running steps, oldest first. All of them use the terminal's one live line. */
const running = new Set();
let timer;

/**
 * Runs one step. `action` receives a function that reports its latest line of output, and may return a note that is printed
 * after the time.
 */
export async function step(title, action) {
  const current = { title, since: performance.now(), latest: '' };
  running.add(current);
  timer ??= setInterval(show, live ? 200 : heartbeat).unref();
  const close = (mark, note) => {
    running.delete(current);
    if (running.size === 0) {
      clearInterval(timer);
      timer = undefined;
    }
    if (live) process.stdout.write('\r\x1b[K');
    console.log(`  ${mark} ${status(current)}  ${note}`.trimEnd());
  };
  try {
    const note = await action((line) => {
      current.latest = line.trim() || current.latest;
    });
    close(paint(32, '✓'), note ?? '');
  } catch (error) {
    close(error instanceof UnavailableError ? paint(33, '–') : paint(31, '✗'), '');
    throw error;
  }
}

const status = ({ title, since }) => `${title.padEnd(titleWidth)} ${seconds(since).padStart(8)}`;

function show() {
  const [first, ...others] = running;
  if (!live) {
    for (const current of running) console.log(`  … ${status(current)}  ${current.latest}`);
    return;
  }
  const more = others.length > 0 ? `(and ${others.map(({ title }) => title).join(', ')}) ` : '';
  const room = (process.stdout.columns ?? 80) - status(first).length - 6;
  const tail = `${more}${first.latest}`.slice(0, Math.max(0, room));
  process.stdout.write(`\r\x1b[K  … ${status(first)}  ${paint(2, tail)}`);
}

/** Runs a command's main function. Prints an error as a readable message, and sets the exit status to 1. */
export async function main(action) {
  try {
    await action();
  } catch (error) {
    if (error instanceof CommandError) {
      console.error(`\n${abridge(error.output)}\n\nerror: ${error.message}`);
    } else {
      const plain = error instanceof SetupError || error.code?.startsWith('ERR_PARSE_ARGS');
      console.error(`\nerror: ${plain ? error.message : error.stack}`);
    }
    process.exitCode = 1;
  }
}

function abridge(output) {
  const lines = output.trimEnd().split('\n');
  if (lines.length <= outputHead + outputTail) return lines.join('\n');
  const left = lines.length - outputHead - outputTail;
  return [...lines.slice(0, outputHead), `… ${left} lines …`, ...lines.slice(-outputTail)].join('\n');
}
