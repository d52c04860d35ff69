/** Where a page tells its user how it goes. */
export interface Notices {
  /** What is being done, or that all is well: a live region. */
  status: HTMLElement;
  /** What went wrong and what to do: an alert, hidden while there is nothing. */
  problem: HTMLElement;
}

/** What stands in the page once a change is made, or has failed. */
export interface Outcome {
  /** The status after a change that was made, and after one that failed. */
  made: string;
  failed: string;
  /** What stays wrong whatever the user changes. */
  obstacle?: string | undefined;
}

/** Carries out what a user chooses, each change after the one before, so that a page always shows what was chosen last. */
export class Changes {
  readonly #notices: Notices;
  readonly #outcome: () => Outcome;
  #last = Promise.resolve();

  constructor(notices: Notices, outcome: () => Outcome) {
    this.#notices = notices;
    this.#outcome = outcome;
  }

  /** Queues a change, with the words for while it is made. What it rejects with is shown. */
  queue(words: string, change: () => Promise<void>): void {
    this.#last = this.#last.then(async () => {
      this.say(words);
      try {
        await change();
        const { made, obstacle } = this.#outcome();
        this.showProblem(obstacle);
        this.say(made);
      } catch (error) {
        this.showProblem(inWords(error));
        this.say(this.#outcome().failed);
      }
    });
  }

  say(words: string): void {
    this.#notices.status.textContent = words;
  }

  showProblem(words: string | undefined): void {
    this.#notices.problem.hidden = words === undefined;
    this.#notices.problem.textContent = words ?? '';
  }
}

/** An error as a sentence. */
export function inWords(error: unknown): string {
  const words = error instanceof Error ? error.message : String(error);
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}.`.replace(/([.?!])\.$/, '$1');
}
