/** A Vite plugin that informs pages of the pending build of the modules for GPUs. */
import { wasmOutput } from '../setup/paths.mjs';

/** Follows the build of the modules for GPUs and serves its state to the demo's pages (`demo-chime/src/building.ts`). */
export class PendingBuild {
  #since = performance.now();
  /** @type {'building' | 'ready' | 'failed'} */
  #state = 'building';

  /**
   * @param {Promise<unknown>} build settles when the modules are built or their build has failed.
   * @returns resolves or rejects like `build`, after the state that pages read has been updated.
   */
  async follow(build) {
    try {
      await build;
      this.#state = 'ready';
    } catch (error) {
      this.#state = 'failed';
      throw error;
    }
  }

  /** @returns {import('vite').Plugin} */
  plugin() {
    return {
      name: 'pending-build',
      configureServer: ({ middlewares }) => {
        middlewares.use('/building.json', (_request, response) => {
          const seconds = Math.round((performance.now() - this.#since) / 1000);
          response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-store' });
          response.end(JSON.stringify({ state: this.#state, seconds }));
        });
      },
      transformIndexHtml: () => {
        if (this.#state === 'ready') return [];
        return [
          { tag: 'meta', attrs: { name: 'cyclorama-backend', content: 'cpu' }, injectTo: 'head-prepend' },
          { tag: 'script', attrs: { type: 'module', src: '/src/building.ts' }, injectTo: 'body' },
        ];
      },
      // The page announces the modules instead of reloading, which would end a call.
      hotUpdate: ({ file }) => (file.startsWith(wasmOutput) ? [] : undefined),
    };
  }
}
