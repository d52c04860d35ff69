/** Runs the kit's scripts, each in a process of its own, so that none can end or delay the others. */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** The most characters of a process's output in an error. */
const MOST_OUTPUT = 1500;
/** LiteRT.js loads a module with relaxed SIMD where it can, as in Chrome. Node.js 20 has it behind a flag. */
const relaxedSimd = process.versions.node.startsWith('20.') ? ['--experimental-wasm-relaxed-simd'] : [];
/**
 * Node.js 20 optimizes one function of ONNX Runtime Web for a minute, and threads of V8's pool cannot be interrupted. With
 * more threads nothing waits for them.
 */
const execArgv = ['--v8-pool-size=16', ...relaxedSimd];

/**
 * @param {string} script a file of this folder.
 * @param {object} options passed to it as JSON.
 * @param {number} seconds after which the process is killed.
 * @returns {Promise<{ messages: object[], problem?: string }>} what it sent, and why that is not all.
 */
export function runScript(script, options, seconds) {
  const path = fileURLToPath(new URL(script, import.meta.url));
  const child = fork(path, [JSON.stringify(options)], { stdio: ['ignore', 'pipe', 'pipe', 'ipc'], execArgv });
  const messages = [];
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (text) => {
      output = (output + text).slice(-MOST_OUTPUT);
    });
  }
  return new Promise((resolve) => {
    const end = (problem) => {
      clearTimeout(timer);
      // Also after success: the device and the pool's threads need not end in order.
      child.kill('SIGKILL');
      resolve({ messages, problem: problem && `${script}: ${problem}` });
    };
    const timer = setTimeout(() => end(`not done within ${seconds.toFixed(0)} s.`), 1000 * seconds);
    child.on('message', (message) => (message === 'done' ? end() : messages.push(message)));
    child.on('error', (error) => end(error.message));
    child.on('close', (code, signal) => end(`ended with ${signal ?? `status ${code}`}: ${output.trim()}`));
  });
}
