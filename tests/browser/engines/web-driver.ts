/** As much of WebDriver (https://www.w3.org/TR/webdriver2/) as a test needs, for a driver that listens already. */
import { END_PATIENCE, RUN_PATIENCE, START_PATIENCE } from './patience.ts';

export class WebDriverSession {
  readonly #address: string;

  private constructor(address: string) {
    this.#address = address;
  }

  /**
   * @param driver the driver's address
   * @param capabilities what the browser has to match
   * @throws {Error} what the driver says, or that it does not answer
   */
  static async start(driver: string, capabilities: Record<string, unknown>): Promise<WebDriverSession> {
    const value = await ask('POST', `${driver}/session`, { capabilities: { alwaysMatch: capabilities } });
    const session = new WebDriverSession(`${driver}/session/${(value as { sessionId: string }).sessionId}`);
    await session.#ask('POST', '/timeouts', { script: RUN_PATIENCE, pageLoad: START_PATIENCE });
    return session;
  }

  async goto(url: string): Promise<void> {
    await this.#ask('POST', '/url', { url });
  }

  /** Runs a function in the page; the arguments and the result travel as JSON. */
  async run<A extends unknown[], R>(f: (...args: A) => R | Promise<R>, ...args: A): Promise<R> {
    const script = `const [args, done] = arguments;
      // The calls of the driver's own scripts have no address.
      const describe = (error) => [String(error), ...String(error?.stack).split('\\n').filter((line) => line.includes('://'))];
      (async () => (${f})(...args))().then(
        (value) => done({ value }),
        (error) => done({ error: describe(error).join('\\n') }),
      );`;
    const answer = await this.#ask('POST', '/execute/async', { script, args: [args] }, RUN_PATIENCE + 10_000);
    const { value, error } = answer as { value: R; error?: string };
    if (error !== undefined) throw new Error(error);
    return value;
  }

  /** The visible part of the page, as a PNG file. */
  async screenshot(): Promise<Buffer> {
    return Buffer.from(String(await this.#ask('GET', '/screenshot')), 'base64');
  }

  async end(): Promise<void> {
    await this.#ask('DELETE', '', undefined, END_PATIENCE);
  }

  #ask(method: string, path: string, body?: unknown, patience?: number): Promise<unknown> {
    return ask(method, this.#address + path, body, patience);
  }
}

async function ask(
  method: string,
  address: string,
  body?: unknown,
  patience = START_PATIENCE + 10_000,
): Promise<unknown> {
  const answer = await fetch(address, {
    method,
    ...(body !== undefined && {
      body: JSON.stringify(body),
      headers: { 'Content-Type': 'application/json' },
    }),
    signal: AbortSignal.timeout(patience),
  });
  const { value } = (await answer.json()) as { value: unknown };
  if (answer.ok) return value;
  const { error, message } = value as { error: string; message: string };
  throw new Error(`WebDriver: ${error}: ${message}`);
}
