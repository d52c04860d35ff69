import { defineConfig, type Plugin } from 'vite';
import { meetings } from './server/plugin';

/**
 * The page may load what this server serves and nothing else. The blob is the timer worker of the Chime SDK.
 * Vite's development server needs inline styles and a socket, so this holds for the built page.
 */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' blob:",
  "media-src 'self' blob:",
  "worker-src 'self' blob:",
].join('; ');

const declarePolicy: Plugin = {
  name: 'content-security-policy',
  apply: 'build',
  transformIndexHtml: () => [
    {
      tag: 'meta',
      attrs: { 'http-equiv': 'Content-Security-Policy', content: contentSecurityPolicy },
      injectTo: 'head-prepend',
    },
  ],
};

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
    rolldownOptions: { input: ['index.html', 'benchmark.html'] },
  },
  plugins: [declarePolicy, meetings()],
});
