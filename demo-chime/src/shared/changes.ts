/** The elements of a page that show messages. */
export interface Notices {
  /** The current activity or state: a live region. */
  status: HTMLElement;
  /** The last error and its remedy: an alert, hidden without an error. */
  problem: HTMLElement;
}

/** The messages after a change. */
export interface Outcome {
  /** The status after a change that succeeded. */
  done: string;
  /** The status after a change that failed. */
  failed: string;
  /** An error that no change of the user's can fix. */
  obstacle?: string | undefined;
}

/** Applies the user's choices one after another, so that the page always shows the last choice. */
export class Changes {
  readonly #notices: Notices;
  readonly #outcome: () => Outcome;
  #last = Promise.resolve();

  constructor(notices: Notices, outcome: () => Outcome) {
    this.#notices = notices;
    this.#outcome = outcome;
  }

  /** Queues a change. `message` is the status during the change. A rejection is shown as an error. */
  queue(message: string, change: () => Promise<void>): void {
    this.#last = this.#last.then(async () => {
      this.showStatus(message);
      try {
        await change();
        const { done, obstacle } = this.#outcome();
        this.showProblem(obstacle);
        this.showStatus(done);
      } catch (error) {
        this.showProblem(sentence(error));
        this.showStatus(this.#outcome().failed);
      }
    });
  }

  showStatus(message: string): void {
    this.#notices.status.textContent = message;
  }

  showProblem(message: string | undefined): void {
    this.#notices.problem.hidden = message === undefined;
    this.#notices.problem.textContent = message ?? '';
  }
}

/** An error's message as a sentence. */
export function sentence(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return `${message.charAt(0).toUpperCase()}${message.slice(1)}.`.replace(/([.?!])\.$/, '$1');
}
