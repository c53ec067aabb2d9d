export interface FlapRule {
  /** A worker that was lost so often within `lossWindowMs` is not taken back. */
  readonly maxLosses: number;
  readonly lossWindowMs: number;
}

/** The second return within the window waits so long, each later one twice as long as the one before. */
export const FIRST_RETURN_PAUSE_MS = 5_000;

/**
 * Workers that come and go: each loss costs everybody the step in flight. The first return is free; later ones wait, and in
 * the end the worker is refused.
 */
export class FlapGuard {
  readonly #rule: FlapRule;
  readonly #losses = new Map<string, { readonly atMs: number; readonly how: string }[]>();

  constructor(rule: FlapRule) {
    this.#rule = rule;
  }

  lost(name: string, how: string, nowMs: number): void {
    this.#losses.set(name, [...this.#recent(name, nowMs), { atMs: nowMs, how }]);
  }

  /** Why the worker is not taken back; undefined: it is. */
  refusal(name: string, nowMs: number): string | undefined {
    const losses = this.#recent(name, nowMs);
    const { maxLosses, lossWindowMs } = this.#rule;
    if (losses.length < maxLosses) return undefined;
    return (
      `${name} was lost ${losses.length} times within ${Math.round(lossWindowMs / 1000)} s (at last: ${losses.at(-1)!.how}): ` +
      'it is not taken back. The limits are cluster.maxLosses and cluster.lossWindowMs'
    );
  }

  /** How long the worker waits before it enters a generation again. */
  pauseMs(name: string, nowMs: number): number {
    const losses = this.#recent(name, nowMs);
    if (losses.length < 2) return 0;
    const pause = FIRST_RETURN_PAUSE_MS * 2 ** (losses.length - 2);
    return Math.max(0, losses.at(-1)!.atMs + pause - nowMs);
  }

  #recent(name: string, nowMs: number) {
    return (this.#losses.get(name) ?? []).filter(({ atMs }) => nowMs - atMs < this.#rule.lossWindowMs);
  }
}
