import { playwright } from '@vitest/browser-playwright';
import { defineConfig } from 'vitest/config';
import { snippets } from '../docs/snippet-plugin.mjs';
import { chromium } from './chromium.ts';
import { compareWithGolden } from './golden-image.ts';
import { chimeApp } from './sdk/chime-app/plugin.ts';

export default defineConfig({
  // The Chime SDK was written for bundlers that know Node's name for the global object.
  define: { global: 'globalThis' },
  // Found only when a test imports them, they would reload the page in the middle of the tests.
  optimizeDeps: {
    include: [
      '@opentelemetry/api',
      '@opentelemetry/sdk-metrics',
      'amazon-chime-sdk-js',
      'livekit-client',
      'react',
      'react-dom/client',
      'twilio-video',
    ],
  },
  plugins: [chimeApp, snippets()],
  test: {
    // A software GPU has no time to spare for two pages; the groups keep the projects apart.
    fileParallelism: false,
    testTimeout: 240_000,
    hookTimeout: 120_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'sdk',
          sequence: { groupOrder: 0 },
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
        },
      },
      {
        extends: true,
        test: {
          name: 'package',
          sequence: { groupOrder: 2 },
          include: ['package/**/*.test.ts'],
          environment: 'node',
        },
      },
      {
        extends: true,
        test: {
          name: 'live',
          sequence: { groupOrder: 3 },
          include: ['live/**/*.test.ts'],
          environment: 'node',
        },
      },
    ],
  },
});
