import { defineConfig } from 'vite';
import { documentation } from './documentation.ts';
import { declarePolicy, pageFiles, shell } from './pages.ts';
import { meetings } from './server/plugin.ts';

export default defineConfig({
  base: './',
  // The SDK was written for bundlers that know Node's name for the global object.
  define: { global: 'globalThis' },
  // The SDK loads what it runs on once it knows what that is.
  worker: { format: 'es' },
  assetsInclude: ['**/*.tflite'],
  // The SDK comes in one piece, most of it for meetings.
  build: {
    target: 'es2022',
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1500,
    rolldownOptions: { input: pageFiles },
  },
  plugins: [shell, declarePolicy, documentation, meetings()],
});
