import { existsSync } from 'node:fs';
import { playwright } from '@vitest/browser-playwright';
import { defineConfig } from 'vitest/config';
import { optionalModelsReason } from '../../scripts/models.mjs';
import { snippets } from '../docs/snippet-plugin.mjs';
import { chromium } from './chromium.ts';
import { compareWithGolden } from './golden-image.ts';
import { chimeApp } from './sdk/chime-app/plugin.ts';
import SkippedReporter from './skipped-reporter.ts';

const meet = new URL('../../models/segm_full_v679.tflite', import.meta.url);

export default defineConfig({
  // The Chime SDK is written for bundlers that define Node's name for the global object.
  define: { global: 'globalThis' },
  // Dependencies that Vite discovers during a test would reload the page in the middle of it.
  optimizeDeps: {
    include: [
      '@opentelemetry/api',
      '@opentelemetry/sdk-metrics',
      'amazon-chime-sdk-js',
      'comlink',
      'livekit-client',
      'react',
      'react-dom/client',
      'twilio-video',
    ],
  },
  plugins: [chimeApp, snippets()],
  test: {
    // A software GPU is too slow for two pages of one project.
    fileParallelism: false,
    maxWorkers: 1,
    testTimeout: 240_000,
    hookTimeout: 120_000,
    reporters: ['default', new SkippedReporter()],
    provide: {
      full: process.env.CYCLORAMA_FULL === '1',
      firefoxUnavailable: process.env.CYCLORAMA_FIREFOX_UNAVAILABLE ?? '',
      meetUnavailable: existsSync(meet)
        ? ''
        : optionalModelsReason('@dannadori/googlemeet-segmentation-worker-js'),
    },
    // A page mostly keeps one thread busy, so the SDK's tests run in parallel with the other projects.
    projects: [
      {
        extends: true,
        cacheDir: '../../node_modules/.vite/sdk',
        test: {
          name: 'sdk',
          sequence: { groupOrder: 1 },
          include: ['sdk/**/*.test.ts'],
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            provider: playwright({ launchOptions: chromium }),
            instances: [{ browser: 'chromium' }],
            commands: { compareWithGolden },
          },
        },
      },
      {
        extends: true,
        test: {
          name: 'demo',
          sequence: { groupOrder: 1 },
          include: ['demo/**/*.test.ts'],
          environment: 'node',
          globalSetup: 'demo/site.ts',
        },
      },
      {
        extends: true,
        test: {
          name: 'package',
          sequence: { groupOrder: 1 },
          include: ['package/**/*.test.ts'],
          environment: 'node',
        },
      },
      {
        extends: true,
        test: {
          name: 'engines',
          sequence: { groupOrder: 1 },
          include: ['engines/**/*.test.ts'],
          environment: 'node',
          globalSetup: 'engines/site.ts',
        },
      },
      {
        extends: true,
        test: {
          name: 'phones',
          sequence: { groupOrder: 1 },
          include: ['phones/**/*.test.ts'],
          environment: 'node',
          globalSetup: 'demo/site.ts',
        },
      },
      {
        extends: true,
        test: {
          name: 'sfu',
          sequence: { groupOrder: 1 },
          include: ['sfu/**/*.test.ts'],
          environment: 'node',
        },
      },
      {
        extends: true,
        test: {
          name: 'live',
          sequence: { groupOrder: 1 },
          include: ['live/**/*.test.ts'],
          environment: 'node',
        },
      },
    ],
  },
});
