/** Parses libFuzzer's output. */

/**
 * @param {string} output the target's output
 * @returns {{ executions: number, seconds: number, coverage: number, features: number, finding?: { cause: string,
 *   file?: string } }} `coverage` counts the reached edges of the control flow. `features` counts libFuzzer's
 *   features, with which it distinguishes inputs. `finding` is the reason if the target ended early.
 */
export function readRun(output) {
  const number = (expression) => Number(output.match(expression)?.[1] ?? 0);
  const last = (expression) => Number([...output.matchAll(expression)].at(-1)?.[1] ?? 0);
  const executions = number(/^stat::number_of_executed_units:\s*(\d+)$/m) || last(/^#(\d+)\t/gm);
  const seconds = number(/^Done \d+ runs in (\d+) second/m);
  const run = { executions, seconds, coverage: last(/ cov: (\d+)/g), features: last(/ ft: (\d+)/g) };
  const cause = output.match(/^(?:thread .* panicked at .*:?\n(.*)|==\d+==\s*ERROR: (.*))$/m);
  const file = output.match(/Test unit written to (\S+)/)?.[1];
  if (!cause && !file) return run;
  return {
    ...run,
    finding: { cause: (cause?.[1] ?? cause?.[2] ?? 'unknown').trim(), ...(file && { file }) },
  };
}

/** The runs as lines of a text table. */
export function runLines(runs) {
  const columns = [
    ['target', ({ target }) => target],
    ['executions', ({ executions }) => executions.toLocaleString('en')],
    ['seconds', ({ seconds }) => seconds.toLocaleString('en')],
    [
      'exec/s',
      ({ executions, seconds }) => Math.round(executions / Math.max(1, seconds)).toLocaleString('en'),
    ],
    ['edges', ({ coverage }) => coverage.toLocaleString('en')],
    ['findings', ({ finding }) => (finding ? '1' : '0')],
  ];
  const rows = [columns.map(([title]) => title), ...runs.map((run) => columns.map(([, cell]) => cell(run)))];
  const widths = columns.map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  return rows.map((row) =>
    row
      .map((cell, column) => (column ? cell.padStart(widths[column]) : cell.padEnd(widths[column])))
      .join('  '),
  );
}
