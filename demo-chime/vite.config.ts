import { defineConfig } from 'vite';
import { documentation } from './documentation.ts';
import { declarePolicy, pageFiles, shell } from './pages.ts';
import { meetings } from './server/plugin.ts';

export default defineConfig({
  base: './',
  // The Chime SDK expects Node's name of the global object.
  define: { global: 'globalThis' },
  // The worker imports the backend's module after it has chosen the backend.
  worker: { format: 'es' },
  assetsInclude: ['**/*.tflite'],
  // The Chime SDK is one large module. Most of it is for meetings.
  build: {
    target: 'es2022',
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1500,
    rolldownOptions: { input: pageFiles },
  },
  plugins: [shell, declarePolicy, documentation, meetings()],
});
