import type { Terminal } from '@tandem/observability';

/** How a data set's fetching is shown: sentences that stay, and a count that is drawn over on a terminal. */
export class DataProgress {
  readonly #terminal: Terminal;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  get onTerminal(): boolean {
    return this.#terminal.isTTY;
  }

  say(text: string): void {
    this.#terminal.writeLine(text);
  }

  count(what: string, done: number, total: number): void {
    this.#terminal.showProgress(done === total ? '' : `${what}: ${done} of ${total}`);
  }
}
