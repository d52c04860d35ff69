/** Runs the parts of the tests, each as soon as its resources are prepared, and reports the results. */
import { ask, CommandError, SetupError, UnavailableError } from '../setup/command.mjs';
import { step } from '../setup/progress.mjs';
import { passOf, recordPass, Sources } from './passes.mjs';
import { runAll } from './schedule.mjs';

/**
 * @typedef {object} Result
 * @property {string} suite
 * @property {string} title
 * @property {'ran' | 'skipped' | 'up to date'} outcome
 * @property {number} passed number of passed tests, in this run or, if the part is up to date, in its last pass.
 * @property {number} failed
 * @property {number} skipped
 * @property {number} seconds
 * @property {string[]} reasons the reasons for skipped tests.
 */

export class Runner {
  #preparation;
  #sources = new Sources();
  #full;
  #again;
  /** Errors whose output has been printed. */
  #shown = new WeakSet();

  /**
   * @param {import('../setup/prepare.mjs').Preparation} preparation
   * @param options.full whether the long parts run, too.
   * @param options.again whether parts run again that have passed and have not changed since.
   */
  constructor(preparation, { full, again }) {
    this.#preparation = preparation;
    this.#full = full;
    this.#again = again;
  }

  /**
   * @param {(import('./suites.mjs').Part & { suite: string })[]} parts
   * @returns {Promise<Result[]>} in the order of the parts.
   */
  run(parts) {
    return runAll(
      parts.map((part) => ({
        light: part.light ?? false,
        ready: Promise.allSettled(
          [...part.needs, ...(part.uses ?? [])].map((name) => this.#preparation.need(name)),
        ),
        run: () => this.#runPart(part),
      })),
    );
  }

  /** Runs one part. A failure is counted and printed, and does not stop the other parts. */
  async #runPart(part) {
    const since = performance.now();
    const result = (outcome, counts, reasons = []) => ({
      suite: part.suite,
      title: part.title,
      outcome,
      ...counts,
      seconds: (performance.now() - since) / 1000,
      reasons,
    });
    try {
      const { env, without } = await this.#prepared(part);
      const reason = await part.unavailable?.();
      if (reason) throw new UnavailableError(reason);
      const digest = part.inputs && (await this.#digest(part, without));
      const pass = this.#again ? undefined : await passOf(part.title, digest);
      const reasons = [...without.values()];
      if (pass) {
        console.log(`  ✓ ${part.title}: up to date, ${pass.passed} passed on ${day(pass.at)}`);
        return result('up to date', { passed: pass.passed, failed: 0, skipped: pass.skipped }, reasons);
      }
      for (const [name, reason] of without) console.log(`  – ${part.title} without ${name}: ${reason}`);
      const counts = await this.#start(part, env, without);
      const { passed, failed, skipped } = counts;
      if (failed === 0 && digest !== undefined) {
        await recordPass(part.title, { digest, at: new Date().toISOString(), passed, skipped });
      }
      return result('ran', { passed, failed, skipped }, reasons);
    } catch (error) {
      if (error instanceof UnavailableError) {
        console.log(`  – ${part.title} skipped: ${error.message}`);
        return result('skipped', { passed: 0, failed: 0, skipped: 1 }, [error.message]);
      }
      if (!(error instanceof CommandError || error instanceof SetupError)) throw error;
      // A resource could not be built. Other parts may need it, too, so its output is printed once.
      if (!this.#shown.has(error) && error.output) console.error(`\n${error.output.trimEnd()}\n`);
      this.#shown.add(error);
      console.error(`error: ${part.title} cannot run: ${error.message}`);
      return result('ran', { passed: 0, failed: 1, skipped: 0 });
    }
  }

  /** The environment of a part, and the reasons why optional resources are missing. */
  async #prepared({ needs, uses = [] }) {
    const environments = await Promise.all(needs.map((name) => this.#preparation.need(name)));
    const without = new Map();
    for (const name of uses) {
      try {
        environments.push(await this.#preparation.need(name));
      } catch (error) {
        if (!(error instanceof UnavailableError)) throw error;
        without.set(name, error.message);
      }
    }
    const reasons = [...without].map(([name, reason]) => [
      `CYCLORAMA_${name.toUpperCase()}_UNAVAILABLE`,
      reason,
    ]);
    const full = this.#full ? { CYCLORAMA_FULL: '1' } : {};
    return {
      env: { ...Object.assign({}, ...environments), ...Object.fromEntries(reasons), ...full },
      without,
    };
  }

  async #digest({ inputs, title }, without) {
    const tools = await Promise.all(
      [
        ['rustc', '-vV'],
        [process.env.CHROMIUM_PATH ?? 'chromium', '--version'],
        [process.env.FIREFOX_PATH ?? 'firefox-esr', '--version'],
        // WebKitGTK's own programs print their version only with a display.
        ['dpkg-query', '--show', 'libwebkit2gtk-4.1-0'],
      ].map(([program, ...args]) => ask(program, args)),
    );
    return this.#sources.digest(inputs, [
      title,
      process.version,
      ...tools.map(String),
      ...without.keys(),
      String(this.#full),
    ]);
  }

  async #start({ title, start, tally }, env, without) {
    let output;
    let failure;
    try {
      await step(title, async (onLine) => {
        output = await start({ env, onLine, without, full: this.#full });
      });
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      failure = error;
      output = error.output;
    }
    const counts = tally(output, failure === undefined);
    if (failure) {
      console.error(`\n${output.trimEnd()}\n\nerror: ${failure.message}\n`);
      return { ...counts, failed: Math.max(1, counts.failed) };
    }
    for (const line of counts.closing) console.log(`      ${line.trim()}`);
    if (counts.passed === 0) {
      console.error(`error: ${title} passed without running a test`);
      return { ...counts, failed: 1 };
    }
    return counts;
  }
}

const day = (at) => at.slice(0, 16).replace('T', ' ');
