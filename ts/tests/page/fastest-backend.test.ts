import { afterEach, beforeEach, expect, test, vi } from 'vitest';

/** The stored items of a tab. */
let stored: Map<string, string>;

beforeEach(() => {
  stored = new Map();
  vi.stubGlobal('sessionStorage', {
    getItem: (key: string) => stored.get(key) ?? null,
    setItem: (key: string, value: string) => stored.set(key, value),
  });
});
afterEach(() => vi.unstubAllGlobals());

/** The module, as a page loads it. */
async function loadPage() {
  vi.resetModules();
  return import('../../src/page/fastest-backend.js');
}

test('a page recalls the backend, and so does the next page of the tab', async () => {
  const page = await loadPage();
  expect(page.recallFastest()).toBeUndefined();
  page.rememberFastest('cpu');
  expect(page.recallFastest()).toBe('cpu');
  expect((await loadPage()).recallFastest()).toBe('cpu');
});

test('a stored value that is no backend is ignored', async () => {
  for (const value of ['auto', 'metal', '']) {
    for (const key of [...stored.keys()]) stored.set(key, value);
    const page = await loadPage();
    expect(page.recallFastest()).toBeUndefined();
    page.rememberFastest('webgl');
  }
});

test('a page without storage recalls the backend while it is open', async () => {
  const refuse = () => {
    throw new DOMException('access is denied', 'SecurityError');
  };
  vi.stubGlobal('sessionStorage', { getItem: refuse, setItem: refuse });
  const page = await loadPage();
  page.rememberFastest('webgl');
  expect(page.recallFastest()).toBe('webgl');
  expect((await loadPage()).recallFastest()).toBeUndefined();
});
