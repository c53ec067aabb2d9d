export interface StartRule {
  readonly minWorkers: number;
  readonly maxWorkers: number;
  /** With minWorkers there but not maxWorkers: how long nobody may have joined. */
  readonly settleMs: number;
}

export interface Gathering {
  readonly joined: number;
  readonly prepared: number;
  readonly sinceLastJoinMs: number;
}

/**
 * Whether the run can start: `now`; in so many milliseconds if nothing changes; or `wait` for somebody to join or prepare.
 * Nobody who has joined is left behind: their preparing is waited for.
 */
export function whenToStart(
  rule: StartRule,
  { joined, prepared, sinceLastJoinMs }: Gathering,
): 'now' | 'wait' | number {
  if (prepared < joined || prepared < rule.minWorkers) return 'wait';
  if (prepared >= rule.maxWorkers || sinceLastJoinMs >= rule.settleMs) return 'now';
  return rule.settleMs - sinceLastJoinMs;
}
