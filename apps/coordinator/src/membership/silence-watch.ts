import type { Member } from './member.js';

export interface SilenceWatchOptions {
  readonly heartbeatMs: number;
  readonly heartbeatTimeoutMs: number;
  /** Those that are to be heard of. */
  readonly watched: () => readonly Member[];
  readonly onSilence: (member: Member, silentMs: number) => void;
}

/** Looks every heartbeat for members that have not been heard of for too long. */
export class SilenceWatch {
  readonly #options: SilenceWatchOptions;
  readonly #timer: NodeJS.Timeout;
  #lastLookMs = performance.now();

  constructor(options: SilenceWatchOptions) {
    this.#options = options;
    this.#timer = setInterval(() => this.#look(), options.heartbeatMs);
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const { heartbeatMs, heartbeatTimeoutMs, watched, onSilence } = this.#options;
    const now = performance.now();
    // This process itself stood still, and could not hear: a suspended laptop, a starved machine.
    const deafMs = now - this.#lastLookMs - heartbeatMs;
    this.#lastLookMs = now;
    for (const member of watched()) {
      if (deafMs > heartbeatMs) member.lastHeardMs += deafMs;
      const silentMs = now - member.lastHeardMs;
      if (silentMs > heartbeatTimeoutMs) onSilence(member, silentMs);
    }
  }
}
