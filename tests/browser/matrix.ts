/** Which tests run. A test that does not run is skipped by name, with its reason. */
import { describe, inject } from 'vitest';
import type { Backend } from '../../ts/src/index.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** Whether the tests of the whole matrix of backends and browsers also run. */
    full: boolean;
    /** Why Firefox is unavailable, or an empty string. */
    firefoxUnavailable: string;
    /** Why Google Meet's models are unavailable, or an empty string. */
    meetUnavailable: string;
  }
  interface TaskMeta {
    /** Why a test is skipped. */
    reason?: string;
  }
}

/** Whether the tests of the whole matrix also run. */
export const full = inject('full');
/** Why Firefox is unavailable, or an empty string. */
export const firefoxUnavailable = inject('firefoxUnavailable');
/** Why Google Meet's models are unavailable, or an empty string. */
export const meetUnavailable = inject('meetUnavailable');
/** Why a test is skipped that repeats the default run on another backend, browser or model, or an empty string. */
export const notInFull = full ? '' : 'runs with npm test -- --full';

/** Options of a test of the whole matrix. */
export const inFull = unless(notInFull);
/** Options of a test that drives Firefox. */
export const withFirefox = unless(firefoxUnavailable);
/** Options of a test that needs Google Meet's models. */
export const withMeet = unless(meetUnavailable);

/** The options of a test that is skipped for the first reason that is not empty. */
export function unless(...reasons: string[]) {
  const reason = reasons.find((reason) => reason !== '');
  return reason === undefined ? {} : { skip: true, meta: { reason } };
}

/** Describes tests on each backend, the CPU's included. */
export function describeOnAllBackends(tests: (backend: Backend) => void): void {
  describe('on cpu', () => tests('cpu'));
  describeOnBackends(tests);
}

/** Describes tests on each GPU's backend. WebGPU is part of the whole matrix only: a software adapter takes seconds to make an engine. */
export function describeOnBackends(tests: (backend: Backend) => void): void {
  describe('on webgl', () => tests('webgl'));
  describe('on cpu', () => tests('cpu'));
  describe('on webgpu', inFull, () => tests('webgpu'));
}
