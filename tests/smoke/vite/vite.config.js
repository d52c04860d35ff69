import { defineConfig } from 'vite';

export default defineConfig({
  // Top-level await, and the development server leaves the package's addresses as they are.
  build: { target: 'es2022' },
  optimizeDeps: { exclude: ['cyclorama'] },
});
