/** Reads from what a test runner wrote how many of its tests passed, failed and were skipped. */

/** @typedef {{ passed: number, failed: number, skipped: number, closing: string[] }} Tally */

/** The closing lines of `cargo test`, one for each test binary, added up. What a filter leaves out counts as skipped. */
export function cargoTally(output) {
  const closing = output.match(/^test result: .*$/gm) ?? [];
  const sum = (word) => closing.reduce((total, line) => total + Number(line.match(`(\\d+) ${word}`)[1]), 0);
  return {
    passed: sum('passed'),
    failed: sum('failed'),
    skipped: sum('ignored') + sum('filtered out'),
    closing: closing.filter((line) => !/ 0 passed; 0 failed; 0 ignored/.test(line)),
  };
}

/** How `tests/browser/matrix.ts` says that a test is part of `npm test -- --full` alone. */
const OUTSIDE = ': runs with npm test -- --full';

/**
 * Vitest's closing lines; a file that could not be run counts as one failed test. Tests that something missing leaves out are
 * shown by name, those of `--full` are many and are counted.
 */
export function vitestTally(output) {
  const closing = output.match(/^ *(Test Files|Tests|Type Errors|Errors|Duration) .*$/gm) ?? [];
  const count = (what, word) => {
    const line = closing.find((candidate) => candidate.trimStart().startsWith(what));
    return Number(line?.match(`(\\d+) ${word}`)?.[1] ?? 0);
  };
  const failed = count('Tests', 'failed');
  const brokenFiles = failed === 0 ? count('Test Files', 'failed') : 0;
  const names = output.match(/^ *Skipped {2}.*$/gm) ?? [];
  const outside = names.filter((line) => line.endsWith(OUTSIDE)).length;
  const listed = names.filter((line) => !line.endsWith(OUTSIDE));
  if (outside > 0) listed.push(`Skipped  ${outside} tests that run with npm test -- --full`);
  return {
    passed: count('Tests', 'passed'),
    failed: failed + brokenFiles,
    skipped: count('Tests', 'skipped'),
    closing: [...listed, ...closing],
  };
}

/** The summary of `node --test`. */
export function nodeTally(output) {
  const count = (word) => Number(output.match(new RegExp(`^[^a-z\\n]*${word} (\\d+)$`, 'm'))?.[1] ?? 0);
  const closing = output.match(/^[^a-z\n]*(?:tests|pass|fail|skipped) \d+$/gm) ?? [];
  return { passed: count('pass'), failed: count('fail'), skipped: count('skipped'), closing };
}

/** The closing line of our own commands. */
export function countsTally(output) {
  const [closing, passed, failed, skipped] =
    output.match(/^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$/m) ?? [];
  return {
    passed: Number(passed ?? 0),
    failed: Number(failed ?? 0),
    skipped: Number(skipped ?? 0),
    closing: closing ? [closing] : [],
  };
}

/** The closing line of the fuzzer: its targets; the table above it is shown. */
export function fuzzTally(output) {
  const table = output.match(/^target +executions.*\n(?:.+\n)*/m)?.[0] ?? '';
  return { ...countsTally(output), closing: table.split('\n').filter(Boolean) };
}

/** A program whose exit status is the whole answer: one check, passed or failed. */
export function statusTally(_output, succeeded) {
  return { passed: Number(succeeded), failed: Number(!succeeded), skipped: 0, closing: [] };
}
