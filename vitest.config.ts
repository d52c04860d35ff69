import { defineConfig } from 'vitest/config';

/** The tests that need no browser; those that do have a configuration of their own, in `tests/browser`. */
export default defineConfig({
  test: {
    projects: ['ts', 'demo-chime'].map((root) => ({
      test: { name: root, root, include: ['tests/**/*.test.ts'], environment: 'node' as const },
    })),
  },
});
