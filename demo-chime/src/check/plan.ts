/** Plans the steps of a check. */
import { type Backend, type Support, VirtualBackground } from 'cyclorama';
import { served } from '../shared/backend';
import { BackgroundCheck, type ShowImage } from './background-check';
import { pageFeatures, pageQuirks, workerFeatures, workerQuirks } from './probes';
import { GROUP_NAMES, type Group, type Place } from './report';
import type { Result, Step } from './steps';

/** Reads the groups of `?only=quirks,webgl-worker`; all of them without it. */
export function readGroups(only: string | null): Group[] {
  if (only === null) return GROUP_NAMES;
  const names = only.split(',');
  const unknown = names.find((name) => !(GROUP_NAMES as string[]).includes(name));
  if (unknown !== undefined) {
    throw new Error(`only=${unknown} is not a part of the check. The parts are: ${GROUP_NAMES.join(', ')}.`);
  }
  return GROUP_NAMES.filter((group) => names.includes(group));
}

/** Steps, with a function that releases their resources. */
export interface Plan {
  steps: Step[];
  release(): void;
}

/** Plans the steps of some groups. */
export function plan(groups: readonly Group[], showImage: ShowImage): Plan {
  const checks: BackgroundCheck[] = [];
  const steps = groups.flatMap((group) => {
    if (group === 'browser') return browserSteps();
    if (group === 'quirks') return quirkSteps();
    if (group === 'support') return supportSteps();
    const [backend, place] = group.split('-') as [Backend, Place];
    if (served && served !== backend) return [notServed(group)];
    const check = new BackgroundCheck(backend, place, showImage);
    checks.push(check);
    return check.steps;
  });
  return {
    steps,
    release() {
      for (const check of checks) check.release();
    },
  };
}

function browserSteps(): Step[] {
  const step = { group: 'browser', limit: 60_000 } as const;
  return [
    { ...step, id: 'page', title: 'Features on the page', run: pageFeatures },
    { ...step, id: 'worker', title: 'Features in a worker', run: workerFeatures },
  ];
}

function quirkSteps(): Step[] {
  const step = { group: 'quirks', limit: 45_000 } as const;
  return [
    { ...step, id: 'page', title: 'Known deviations on the page', run: pageQuirks },
    { ...step, id: 'worker', title: 'Known deviations in a worker', run: workerQuirks },
  ];
}

function supportSteps(): Step[] {
  let support: Support | undefined;
  return [
    {
      group: 'support',
      id: 'support',
      title: 'VirtualBackground.support()',
      limit: 30_000,
      async run() {
        support = await VirtualBackground.support();
        return describeSupport(support);
      },
    },
    {
      group: 'support',
      id: 'create',
      title: 'create() agrees with support()',
      limit: 120_000,
      async run(signal) {
        if (!support) return { status: 'not-run', detail: 'support() did not respond' };
        return createAsSupported(support, signal);
      },
    },
  ];
}

function describeSupport({ backend, tracks, worker, missing }: Support): Result {
  const parts = [
    backend ? `backend ${backend}` : 'no backend',
    tracks ? 'tracks' : 'no tracks',
    worker ? 'worker' : 'no worker',
  ];
  const missingText = missing.length > 0 ? `; this browser lacks ${missing.join(', ')}` : '';
  return {
    status: backend ? 'passed' : 'unavailable',
    detail: `${parts.join(', ')}${missingText}`,
    figures: { backend: backend ?? 'none', tracks: String(tracks), worker: String(worker) },
  };
}

/** By default, `create` must use the backend that `support` reports, and reject if it reports none. */
async function createAsSupported(support: Support, signal: AbortSignal): Promise<Result> {
  const expected = support.backend ?? 'none';
  const from = performance.now();
  // The server serves placeholders until all modules are compiled.
  const background = await VirtualBackground.create({ backend: served ?? 'auto', signal }).catch(
    (error: unknown) => {
      if (error instanceof Error && 'code' in error && error.code === 'unsupported') return error;
      throw error;
    },
  );
  const milliseconds = Math.round(performance.now() - from);
  if (background instanceof Error) {
    const detail = `support() reported ${expected}; create() rejected: ${background.message}`;
    return { status: support.backend ? 'failed' : 'passed', detail };
  }
  const { backend } = background;
  await background.destroy();
  const agrees = backend === expected || served !== undefined;
  return {
    status: agrees ? 'passed' : 'failed',
    detail: `support() reported ${expected}, create() used ${backend} after ${milliseconds} ms`,
    figures: { backend, milliseconds },
  };
}

function notServed(group: Group): Step {
  const detail = 'this server has not compiled the module yet. Reload the page later';
  return {
    group,
    id: 'create',
    title: 'create()',
    limit: 1_000,
    run: async () => ({ status: 'unavailable', detail }),
  };
}
