/** Which tests run: one that is left out is skipped by name, with its reason. */
import { describe, inject } from 'vitest';
import type { Backend } from '../../ts/src/index.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** Whether the tests of the whole matrix of backends and browsers run as well. */
    full: boolean;
    /** Why there is no Firefox, or nothing. */
    firefoxUnavailable: string;
    /** Why Google Meet's models are not here, or nothing. */
    meetUnavailable: string;
  }
  interface TaskMeta {
    /** Why a test is skipped. */
    reason?: string;
  }
}

/** Whether the tests of the whole matrix run as well. */
export const full = inject('full');
/** Why there is no Firefox, or nothing. */
export const firefoxUnavailable = inject('firefoxUnavailable');
/** Why Google Meet's models are not here, or nothing. */
export const meetUnavailable = inject('meetUnavailable');
/** Why a test that repeats on another backend, browser or model what the default run shows is skipped, or nothing. */
export const notInFull = full ? '' : 'runs with npm test -- --full';

/** For a test of the whole matrix. */
export const inFull = unless(notInFull);
/** For a test that drives Firefox. */
export const withFirefox = unless(firefoxUnavailable);
/** For a test that needs Google Meet's models. */
export const withMeet = unless(meetUnavailable);

/** The options of a test that is skipped for the first reason there is. */
export function unless(...reasons: string[]) {
  const reason = reasons.find((reason) => reason !== '');
  return reason === undefined ? {} : { skip: true, meta: { reason } };
}

/** Describes tests on each backend: on WebGPU, whose engines take seconds to make on a software adapter, in the whole matrix alone. */
export function describeOnBackends(tests: (backend: Backend) => void): void {
  describe('on webgl', () => tests('webgl'));
  describe('on webgpu', inFull, () => tests('webgpu'));
}
