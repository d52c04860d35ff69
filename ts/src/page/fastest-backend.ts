import { BACKEND_CHOICES, type Backend } from '../shared/thread-support.js';

/** The key in `sessionStorage`. */
const KEY = 'cyclorama.fastest-backend';

/** The result of this page's measurement, for pages without `sessionStorage`. */
let fastest: Backend | undefined;

/** Remembers which backend was measured to be the fastest, until the tab is closed. */
export function rememberFastest(backend: Backend): void {
  fastest = backend;
  try {
    sessionStorage.setItem(KEY, backend);
  } catch {
    // The page has no access to storage, or it is full.
  }
}

/** Returns which backend was measured to be the fastest, if any was in this tab. */
export function recallFastest(): Backend | undefined {
  try {
    const stored = sessionStorage.getItem(KEY);
    fastest ??= BACKEND_CHOICES.find((choice): choice is Backend => choice !== 'auto' && choice === stored);
  } catch {
    // The page has no access to storage.
  }
  return fastest;
}
