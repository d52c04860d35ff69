import { defineConfig } from 'vite';

export default defineConfig({
  // The package uses top-level await. The development server must leave the package's URLs unchanged.
  build: { target: 'es2022' },
  optimizeDeps: { exclude: ['cyclorama'] },
});
