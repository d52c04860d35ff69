/** The operators' times as Markdown. */

import { table } from '../markdown.mjs';
import { sum } from '../statistics.mjs';

/** The operators of each model. */
export function renderOperators(operators) {
  return operators.map(({ model, ...rest }) => `### ${model}\n\n${operatorTable(rest)}`).join('\n\n');
}

/** Every dispatch of each model. */
export function renderDispatches(operators) {
  return operators.map(({ model, ...rest }) => `## ${model}\n\n${dispatchTable(rest)}`).join('\n\n');
}

/** One line for each operator, the costliest first. */
function operatorTable({ rows, sumMs, wholeMs }) {
  const names = [...new Set(rows.map(({ operator }) => operator))];
  const operators = names.map((operator) => {
    const own = rows.filter((row) => row.operator === operator);
    const ms = sum(own.map((row) => row.ms));
    const counted = own.filter(({ gflops }) => gflops !== undefined);
    const flops = sum(counted.map((row) => row.gflops * row.ms));
    const bytes = sum(own.map((row) => row.gbs * row.ms));
    return { operator, ms, dispatches: own.length, gflops: flops / ms, gbs: bytes / ms };
  });
  operators.sort((a, b) => b.ms - a.ms);
  return [
    table(
      ['operator', 'dispatches', 'ms', 'fraction', 'GFLOP/s', 'GB/s'],
      operators.map(({ operator, dispatches, ms, gflops, gbs }) => [
        operator,
        dispatches,
        ms.toFixed(2),
        percent(ms / sumMs),
        gflops ? gflops.toFixed(1) : '',
        gbs.toFixed(1),
      ]),
    ),
    '',
    `Sum of all dispatches, each alone: ${sumMs.toFixed(2)} ms; all in order in one pass: ${wholeMs.toFixed(2)} ms.`,
  ].join('\n');
}

/** One line for each dispatch, in the order of the inference. */
function dispatchTable({ rows }) {
  return table(
    ['#', 'operator', 'ms', 'fraction', 'GFLOP/s', 'GB/s', 'groups', 'shape', 'shader'],
    rows.map(({ index, operator, ms, fraction, gflops, gbs, workgroups, shape, shader }) => [
      index,
      operator,
      ms.toFixed(3),
      percent(fraction),
      gflops ? gflops.toFixed(1) : '',
      gbs.toFixed(1),
      workgroups.join('x'),
      shape,
      shader,
    ]),
  );
}

const percent = (fraction) => `${(100 * fraction).toFixed(1)} %`;
