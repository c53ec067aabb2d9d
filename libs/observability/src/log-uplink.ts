import type { LogEntry } from './log-entry.js';
import { type Rate, TokenBucket } from './token-bucket.js';

/** A worker that has much to say says this much to others. */
export const UPLINK_RATE: Rate = { burst: 50, perSecond: 5 };

/** Lines that wait while nobody takes them; then the oldest go. */
export const UPLINK_ENTRIES = 256;

/** Lines travel together where they come within so long. */
export const UPLINK_PAUSE_MS = 200;

export interface LinesToSend {
  readonly entries: readonly LogEntry[];
  /** Lines that were left out since those before: there were too many. */
  readonly dropped: number;
}

/**
 * What of a log goes to the cluster's: at a bounded rate, several lines at once, and kept while nobody takes it as far as there is
 * room. It never waits and never fails.
 */
export class LogUplink {
  readonly #bucket: TokenBucket;
  #send: ((lines: LinesToSend) => void) | undefined;
  #entries: LogEntry[] = [];
  #dropped = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(bucket = new TokenBucket(UPLINK_RATE)) {
    this.#bucket = bucket;
  }

  add(entry: LogEntry): void {
    if (!this.#bucket.take()) {
      this.#dropped++;
      return;
    }
    this.#entries.push(entry);
    if (this.#entries.length > UPLINK_ENTRIES) {
      this.#entries.shift();
      this.#dropped++;
    }
    if (this.#send !== undefined) this.#timer ??= setTimeout(() => this.flush(), UPLINK_PAUSE_MS).unref();
  }

  /** From now on `send` takes lines, first those that wait. */
  open(send: (lines: LinesToSend) => void): void {
    this.#send = send;
    this.flush();
  }

  /** Nobody takes them until the next `open`: they wait. */
  suspend(): void {
    this.#stopTimer();
    this.#send = undefined;
  }

  /** Sends what waits, now. */
  flush(): void {
    this.#stopTimer();
    if (this.#send === undefined || (this.#entries.length === 0 && this.#dropped === 0)) return;
    const lines = { entries: this.#entries, dropped: this.#dropped };
    this.#entries = [];
    this.#dropped = 0;
    this.#send(lines);
  }

  #stopTimer(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
