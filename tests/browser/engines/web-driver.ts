/** The part of WebDriver (https://www.w3.org/TR/webdriver2/) that a test needs, for a running driver. */
import { END_TIMEOUT, RUN_TIMEOUT, START_TIMEOUT } from './timeouts.ts';

export class WebDriverSession {
  readonly #url: string;

  private constructor(url: string) {
    this.#url = url;
  }

  /**
   * @param driver the driver's URL
   * @param capabilities what the browser has to match
   * @throws {Error} if the driver reports an error or does not answer
   */
  static async start(driver: string, capabilities: Record<string, unknown>): Promise<WebDriverSession> {
    const value = await ask('POST', `${driver}/session`, { capabilities: { alwaysMatch: capabilities } });
    const session = new WebDriverSession(`${driver}/session/${(value as { sessionId: string }).sessionId}`);
    await session.#ask('POST', '/timeouts', { script: RUN_TIMEOUT, pageLoad: START_TIMEOUT });
    return session;
  }

  async goto(url: string): Promise<void> {
    await this.#ask('POST', '/url', { url });
  }

  /** Runs a function in the page. The arguments and the result travel as JSON. */
  async run<A extends unknown[], R>(f: (...args: A) => R | Promise<R>, ...args: A): Promise<R> {
    const script = `const [args, done] = arguments;
      // Calls in the driver's own scripts have no URL.
      const describe = (error) => [String(error), ...String(error?.stack).split('\\n').filter((line) => line.includes('://'))];
      (async () => (${f})(...args))().then(
        (value) => done({ value }),
        (error) => done({ error: describe(error).join('\\n') }),
      );`;
    const answer = await this.#ask('POST', '/execute/async', { script, args: [args] }, RUN_TIMEOUT + 10_000);
    const { value, error } = answer as { value: R; error?: string };
    if (error !== undefined) throw new Error(error);
    return value;
  }

  /** The visible part of the page, as a PNG file. */
  async screenshot(): Promise<Buffer> {
    return Buffer.from(String(await this.#ask('GET', '/screenshot')), 'base64');
  }

  async end(): Promise<void> {
    await this.#ask('DELETE', '', undefined, END_TIMEOUT);
  }

  #ask(method: string, path: string, body?: unknown, timeout?: number): Promise<unknown> {
    return ask(method, this.#url + path, body, timeout);
  }
}

async function ask(
  method: string,
  url: string,
  body?: unknown,
  timeout = START_TIMEOUT + 10_000,
): Promise<unknown> {
  const answer = await fetch(url, {
    method,
    ...(body !== undefined && {
      body: JSON.stringify(body),
      headers: { 'Content-Type': 'application/json' },
    }),
    signal: AbortSignal.timeout(timeout),
  });
  const { value } = (await answer.json()) as { value: unknown };
  if (answer.ok) return value;
  const { error, message } = value as { error: string; message: string };
  throw new Error(`WebDriver: ${error}: ${message}`);
}
