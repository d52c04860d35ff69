/** Measures the peaks of the WebGPU adapter on a page of its own, in turns with the engines. */
import { visit } from '../browser.mjs';

/**
 * @typedef {object} Adapter
 * @property {string} name
 * @property {boolean} isFallbackAdapter whether it is a software adapter.
 * @property {number} fmaGflops GFLOP/s of four-wide f32 multiply-adds in the best round.
 * @property {number} copyGBs GB/s of a copy kernel in the best round. Bytes read and bytes written both count.
 */

export class Peaks {
  #rounds = [];

  async start(browser, server) {
    this.visit = await visit(browser, server, 'peaks');
    this.info = await this.visit.evaluate(async (base) => {
      globalThis.peaks = await import(`${base}bench/page/peaks.js`);
      return globalThis.peaks.prepare();
    }, this.visit.base);
  }

  async round() {
    this.#rounds.push(await this.visit.evaluate(() => globalThis.peaks.measure()));
  }

  close() {
    return this.visit.close();
  }

  /** @returns {Adapter} */
  get adapter() {
    const { description, vendor, architecture, isFallbackAdapter } = this.info;
    const best = (name) => Math.max(...this.#rounds.map((round) => round[name]));
    return {
      name: description || `${vendor} ${architecture}`,
      isFallbackAdapter,
      fmaGflops: best('fmaGflops'),
      copyGBs: best('copyGBs'),
    };
  }
}
