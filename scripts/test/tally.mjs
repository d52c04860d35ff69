/** Reads from what a test runner wrote how many of its tests passed and failed. */

/** The closing lines of `cargo test`, one for each test binary, added up. */
export function cargoTally(output) {
  const closing = output.match(/^test result: .*$/gm) ?? [];
  const sum = (word) => closing.reduce((total, line) => total + Number(line.match(`(\\d+) ${word}`)[1]), 0);
  return {
    passed: sum('passed'),
    failed: sum('failed'),
    closing: closing.filter((line) => !/ 0 passed; 0 failed/.test(line)),
  };
}

/** Vitest's closing lines; a file that could not be run counts as one failed test. */
export function vitestTally(output) {
  const closing = output.match(/^ *(Test Files|Tests|Type Errors|Errors|Duration) .*$/gm) ?? [];
  const count = (what, word) => {
    const line = closing.find((candidate) => candidate.trimStart().startsWith(what));
    return Number(line?.match(`(\\d+) ${word}`)?.[1] ?? 0);
  };
  const failed = count('Tests', 'failed');
  const brokenFiles = failed === 0 ? count('Test Files', 'failed') : 0;
  return { passed: count('Tests', 'passed'), failed: failed + brokenFiles, closing };
}

/** The summary of `node --test`. */
export function nodeTally(output) {
  const count = (word) => Number(output.match(new RegExp(`^[^a-z\\n]*${word} (\\d+)$`, 'm'))?.[1] ?? 0);
  const closing = output.match(/^[^a-z\n]*(?:tests|pass|fail) \d+$/gm) ?? [];
  return { passed: count('pass'), failed: count('fail'), closing };
}

/** The closing line of our own commands. */
export function countsTally(output) {
  const [closing, passed, failed] = output.match(/^(\d+) passed, (\d+) failed$/m) ?? [];
  return { passed: Number(passed ?? 0), failed: Number(failed ?? 0), closing: closing ? [closing] : [] };
}

/** The closing line of `npm run fuzz`: its targets; the table above it is shown. */
export function fuzzTally(output) {
  const table = output.match(/^target +executions.*\n(?:.+\n)*/m)?.[0] ?? '';
  return { ...countsTally(output), closing: table.split('\n').filter(Boolean) };
}

/** A program whose exit status is the whole answer: one check, passed or failed. */
export function statusTally(_output, succeeded) {
  return { passed: Number(succeeded), failed: Number(!succeeded), closing: [] };
}
