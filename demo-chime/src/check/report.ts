/** The report of a check: the browser's features and behavior, and Cyclorama's results. Does not depend on a page. */

/** The version of the format. */
export const SCHEMA = 'cyclorama-check/1';

/** The parts of a check, in order, with their headings. Each part runs by itself. */
export const GROUPS = {
  browser: 'Browser features',
  quirks: 'Browser behavior',
  support: 'Cyclorama support',
  'webgpu-worker': 'WebGPU in a worker',
  'webgpu-page': 'WebGPU on the page',
  'webgl-worker': 'WebGL2 in a worker',
  'webgl-page': 'WebGL2 on the page',
  'cpu-worker': 'CPU in a worker',
  'cpu-page': 'CPU on the page',
} as const;
export type Group = keyof typeof GROUPS;
export const GROUP_NAMES = Object.keys(GROUPS) as Group[];

/** Groups with separate rows for the page and for a worker. */
export const PAIRED: readonly Group[] = ['browser', 'quirks'];

export type Place = 'page' | 'worker';

/**
 * The result of one check:
 * - `passed`: the browser has the feature, or the check succeeded;
 * - `failed`: Cyclorama's result is wrong;
 * - `worked-around`: the browser deviates, but Cyclorama's results are right;
 * - `deviates`: the browser deviates, and no check showed the effect on Cyclorama;
 * - `unavailable`: the browser lacks what the check needs;
 * - `not-run`: the check was stopped or depends on one that did not pass.
 */
export type Status = 'passed' | 'failed' | 'worked-around' | 'deviates' | 'unavailable' | 'not-run';

export const STATUS_TEXT: Record<Status, string> = {
  passed: 'passed',
  failed: 'failed',
  'worked-around': 'worked around',
  deviates: 'deviates',
  unavailable: 'not available',
  'not-run': 'not run',
};

/** The result of one check. */
export interface Finding {
  /** Unique within its group and place. */
  id: string;
  title: string;
  status: Status;
  detail: string;
  place?: Place;
  /** Set if the browser deviates: the checks, as `group/id`, that show whether Cyclorama works around it. */
  shownBy?: string[];
  /** Measured values, for tables. Times are in milliseconds. */
  figures?: Record<string, number | string>;
}

export interface Row extends Finding {
  group: Group;
  /** How long the check took, in milliseconds. */
  took: number;
}

/** A whole check. About the user, it contains only the user agent string and the name of the GPU. It contains no images. */
export interface Report {
  schema: typeof SCHEMA;
  /** ISO 8601. */
  date: string;
  /** Version of the package. */
  cyclorama: string;
  userAgent: string;
  /** Whether the page was a secure context. */
  secure: boolean;
  /** Whether the user stopped the check. */
  stopped: boolean;
  /** Whether the page was hidden at any time. The timings are then not reliable. */
  hidden: boolean;
  rows: Row[];
}

/**
 * Sets the status of each deviation: `failed` if a check that depends on it failed, `worked-around` if such a check passed, `deviates` if
 * none of them ran.
 */
export function settleDeviations(rows: readonly Row[]): Row[] {
  return rows.map((row) => {
    if (!row.shownBy) return row;
    const names = row.shownBy;
    const shown = rows.filter(({ group, id }) => names.includes(`${group}/${id}`));
    const failed = shown.filter(({ status }) => status === 'failed');
    if (failed.length > 0) return { ...row, status: 'failed' };
    const passed = shown.some(({ status }) => status === 'passed');
    return { ...row, status: passed ? 'worked-around' : 'deviates' };
  });
}

/** The number of rows with each status. */
export function count(rows: readonly Row[]): Record<Status, number> {
  const counts: Record<Status, number> = {
    passed: 0,
    failed: 0,
    'worked-around': 0,
    deviates: 0,
    unavailable: 0,
    'not-run': 0,
  };
  for (const { status } of rows) counts[status] += 1;
  return counts;
}

/** The counts in one sentence. */
export function summary(rows: readonly Row[]): string {
  const counts = count(rows);
  const parts = (Object.keys(STATUS_TEXT) as Status[])
    .filter((status) => counts[status] > 0 || status === 'failed')
    .map((status) => `${counts[status]} ${STATUS_TEXT[status]}`);
  return `${parts.join(', ')}.`;
}

/** A line of a paired group: a check with its rows for page and worker. */
export interface Pair {
  id: string;
  title: string;
  page: Row | undefined;
  worker: Row | undefined;
}

/** The rows of a paired group, one line per check. */
export function pairs(rows: readonly Row[]): Pair[] {
  const found = new Map<string, Pair>();
  for (const row of rows) {
    const pair = found.get(row.id) ?? { id: row.id, title: row.title, page: undefined, worker: undefined };
    pair[row.place ?? 'page'] = row;
    found.set(row.id, pair);
  }
  return [...found.values()];
}

/** The report as Markdown, for issues and mails. */
export function toMarkdown(report: Report): string {
  const { date, cyclorama, userAgent, secure, stopped, hidden, rows } = report;
  const lines = [
    '# Cyclorama browser check',
    '',
    `- Cyclorama ${cyclorama}, ${date}`,
    `- ${userAgent}`,
    `- ${secure ? 'secure page' : 'page without a secure context'}`,
    `- ${summary(rows)}`,
  ];
  if (stopped) lines.push('- Stopped before the end.');
  if (hidden) lines.push('- The page was hidden during the check: ignore the timings.');
  for (const group of GROUP_NAMES) {
    const own = rows.filter((row) => row.group === group);
    if (own.length === 0) continue;
    lines.push('', `## ${GROUPS[group]}`, '');
    lines.push(...(PAIRED.includes(group) ? pairedTable(own) : plainTable(own)));
  }
  return `${lines.join('\n')}\n`;
}

function plainTable(rows: readonly Row[]): string[] {
  return table(
    ['check', 'result', 'detail'],
    rows.map(({ title, status, detail }) => [title, STATUS_TEXT[status], detail]),
  );
}

function pairedTable(rows: readonly Row[]): string[] {
  return table(
    ['check', 'page', 'worker'],
    pairs(rows).map(({ title, page, worker }) => [title, cellText(page), cellText(worker)]),
  );
}

/** Status and detail of a row. A dash if the check does not exist in that place. */
export function cellText(row: Row | undefined): string {
  if (!row) return '–';
  const text = STATUS_TEXT[row.status];
  return row.detail === '' ? text : `${text}: ${row.detail}`;
}

function table(header: string[], rows: string[][]): string[] {
  // A browser's message may contain anything.
  const escaped = (text: string) =>
    text.replaceAll(/\s+/g, ' ').replaceAll('|', '\\|').replaceAll('<', '&lt;');
  const line = (cells: string[]) => `| ${cells.map(escaped).join(' | ')} |`;
  return [line(header), `|${header.map(() => '---').join('|')}|`, ...rows.map(line)];
}
