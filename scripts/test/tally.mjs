/** Reads the numbers of passed, failed and skipped tests from the output of test runners. */

/** @typedef {{ passed: number, failed: number, skipped: number, closing: string[] }} Tally */

/** Adds up the closing lines of `cargo test`, one for each test binary. Filtered tests count as skipped. */
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

/** The suffix with which `tests/browser/matrix.ts` marks tests that only run with `npm test -- --full`. */
const OUTSIDE = ': runs with npm test -- --full';

/**
 * Reads Vitest's closing lines. A file that could not be loaded counts as one failed test. Tests that lack a resource
 * are listed by name. Tests that only run with `--full` are only counted, because they are many.
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

/** Reads the summary of `node --test`. */
export function nodeTally(output) {
  const count = (word) => Number(output.match(new RegExp(`^[^a-z\\n]*${word} (\\d+)$`, 'm'))?.[1] ?? 0);
  const closing = output.match(/^[^a-z\n]*(?:tests|pass|fail|skipped) \d+$/gm) ?? [];
  return { passed: count('pass'), failed: count('fail'), skipped: count('skipped'), closing };
}

/** Reads the closing line of our own commands. */
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

/** Reads the closing line of the fuzzer. The table above it is printed. */
export function fuzzTally(output) {
  const table = output.match(/^target +executions.*\n(?:.+\n)*/m)?.[0] ?? '';
  return { ...countsTally(output), closing: table.split('\n').filter(Boolean) };
}

/** Counts a program's exit status as one passed or failed check. */
export function statusTally(_output, succeeded) {
  return { passed: Number(succeeded), failed: Number(!succeeded), skipped: 0, closing: [] };
}
