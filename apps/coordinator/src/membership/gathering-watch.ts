import { type Gathering, type StartRule, whenToStart } from './start-rule.js';

export interface GatheringWatchOptions {
  readonly rule: StartRule;
  readonly startTimeoutMs: number;
  /** Undefined while the run does not wait to start. */
  readonly gathering: () => Gathering | undefined;
  readonly start: () => void;
  readonly timedOut: () => void;
}

/** Starts the run when enough are there, and gives up when they do not come. */
export class GatheringWatch {
  readonly #options: GatheringWatchOptions;
  readonly #timeout: NodeJS.Timeout;
  #settled: NodeJS.Timeout | undefined;

  constructor(options: GatheringWatchOptions) {
    this.#options = options;
    this.#timeout = setTimeout(() => options.timedOut(), options.startTimeoutMs);
  }

  /** Somebody came, is prepared, or has left. */
  look(): void {
    clearTimeout(this.#settled);
    const { rule, gathering, start } = this.#options;
    const there = gathering();
    if (there === undefined) return;
    const when = whenToStart(rule, there);
    if (when === 'now') start();
    else if (when !== 'wait') this.#settled = setTimeout(() => this.look(), when);
  }

  /** The run has started, or is over. */
  close(): void {
    clearTimeout(this.#timeout);
    clearTimeout(this.#settled);
  }
}
