import { defineConfig } from 'vitest/config';
import SkippedReporter from './skipped-reporter.ts';
export default defineConfig({ define: { global: 'globalThis' }, test: { fileParallelism: false, maxWorkers: 1, testTimeout: 240_000, hookTimeout: 120_000, reporters: ['default', new SkippedReporter()], provide: { full: false, firefoxUnavailable: '', meetUnavailable: '' }, include: ['phones/**/*.test.ts'], environment: 'node', ...(process.env.SITE ? { globalSetup: 'demo/site.ts' } : {}) } });
