/** The tables of docs/browser-support.md, rendered from reports. */
import { table } from '../../../bench/markdown.mjs';
import { engineTitles } from './collect.mjs';
import { browsers } from './compat.mjs';

/** The generated sections of the page, by their markers. */
export const sections = ['tested', 'checks', 'features', 'deviations', 'bitmaps', 'versions'];

const places = {
  'webgpu-worker': 'WebGPU, worker',
  'webgpu-page': 'WebGPU, page',
  'webgl-worker': 'WebGL2, worker',
  'webgl-page': 'WebGL2, page',
  'cpu-worker': 'CPU, worker',
  'cpu-page': 'CPU, page',
};
const NONE = '–';
/** The consequence of a deviation, by its status. */
const ends = { failed: 'fails', 'worked-around': 'worked around', deviates: 'effect not tested' };

/**
 * Renders a section.
 *
 * @param {string} section of {@link sections}.
 * @param {{ engines: Record<string, import('./collect.mjs').EngineReport>, compat: object }} reports
 */
export function render(section, { engines, compat }) {
  const known = Object.keys(engineTitles)
    .filter((name) => engines[name])
    .map((name) => ({ title: engineTitles[name], ...engines[name] }));
  return { tested, checks, features, deviations, bitmaps, versions }[section](known, compat);
}

function tested(engines) {
  const header = ['Engine', 'Version', '`support()`', 'Created', 'Track path', 'Passed', 'Failed', 'Date'];
  const rows = engines.map(({ title, version, report }) => {
    const own = report.rows.filter(({ group }) => group === 'support' || group in places);
    const count = (status) => String(own.filter((row) => row.status === status).length);
    const support = find(report, 'support', 'support');
    const created = Object.keys(places).filter((group) => find(report, group, 'create')?.status === 'passed');
    const ways = own.filter(({ id }) => id === 'track').flatMap(({ figures }) => figures?.way ?? []);
    return [
      title,
      version,
      support?.figures ? support.figures.backend : (support?.detail ?? NONE),
      created.map((group) => places[group]).join('; ') || NONE,
      [...new Set(ways)].join(', ') || NONE,
      count('passed'),
      count('failed'),
      report.date?.slice(0, 10),
    ];
  });
  return table(header, rows);
}

/** One row per check: how often it passed, and where it failed. */
function checks(engines) {
  const inPlaces = engines.flatMap(({ report }) => report.rows.filter(({ group }) => group in places));
  const checked = inPlaces.filter(({ id }) => !id.startsWith('timing-'));
  const titles = new Map(checked.map(({ id, title }) => [id, title]));
  const rows = [...titles].map(([id, title]) => [
    escapeTags(title),
    ...engines.map(({ report }) => cell(report.rows.filter((row) => row.group in places && row.id === id))),
  ]);
  const agreement = engines.map(({ report }) => find(report, 'support', 'create')?.status ?? NONE);
  return table(
    ['Check', ...engines.map(({ title }) => title)],
    [['`create()` does what `support()` says', ...agreement], ...rows],
  );
}

function cell(rows) {
  const available = rows.filter(({ status }) => status !== 'unavailable');
  if (available.length === 0) return NONE;
  const passed = available.filter(({ status }) => status === 'passed').length;
  const failed = available.filter(({ status }) => status === 'failed').map(({ group }) => places[group]);
  const text = `${passed} of ${available.length}`;
  return failed.length > 0 ? `${text}; fails: ${failed.join('; ')}` : text;
}

function features(engines) {
  return pairedTable(engines, 'browser', (rows) => {
    const where = rows.filter(({ status }) => status === 'passed').map(({ place }) => place);
    return where.join(', ') || NONE;
  });
}

function deviations(engines) {
  return pairedTable(engines, 'quirks', (rows) => {
    const placesOf = new Map();
    for (const { place, status, shownBy } of rows) {
      const words = shownBy ? `no, ${ends[status]}` : status === 'passed' ? 'yes' : 'interface missing';
      placesOf.set(words, [...(placesOf.get(words) ?? []), place]);
    }
    if (placesOf.size === 1 && placesOf.has('yes')) return 'yes';
    return [...placesOf].map(([words, where]) => `${words} (${where.join(', ')})`).join('; ') || NONE;
  });
}

/** The cost of a preserved drawing buffer, in engines that return the previous image without one. */
function bitmaps(engines) {
  const rows = engines.flatMap(({ title, report }) =>
    report.rows
      .filter(({ group, id, figures }) => group === 'quirks' && id === 'transfer-bitmap' && figures)
      .map(({ place, figures: { swapped, preserved } }) => [
        title,
        place,
        swapped.toFixed(2),
        preserved.toFixed(2),
      ]),
  );
  return table(['Engine', 'Thread', 'Swapped, ms', 'Preserved, ms'], rows);
}

function pairedTable(engines, group, describe) {
  const titles = new Map(
    engines
      .flatMap(({ report }) => report.rows.filter((row) => row.group === group))
      .map(({ id, title }) => [id, title]),
  );
  const rows = [...titles].map(([id, title]) => [
    title,
    ...engines.map(({ report }) =>
      describe(report.rows.filter((row) => row.group === group && row.id === id)),
    ),
  ]);
  return table([group === 'browser' ? 'Feature' : 'Behavior', ...engines.map(({ title }) => title)], rows);
}

function versions(_, { source, minimum, features: known }) {
  const names = Object.keys(browsers);
  const text = ({ whole, part }) => {
    if (!whole && !part) return NONE;
    return [part && `${part} in part`, whole].filter(Boolean).join(', ');
  };
  const rows = known.map(({ title, use, versions: of }) => [
    title,
    use,
    ...names.map((name) => text(of[name])),
  ]);
  const lowest = [
    '**Lowest version that can run Cyclorama**',
    '',
    ...names.map((name) => `**${minimum[name]}**`),
  ];
  const header = ['Feature', 'Used for', ...Object.values(browsers)];
  return `Source: \`${source}\`.\n\n${table(header, [...rows, lowest])}`;
}

const find = (report, group, id) => report.rows.find((row) => row.group === group && row.id === id);

/** Escapes titles, which may name HTML elements. */
const escapeTags = (title) => title.replaceAll('<', '&lt;');
