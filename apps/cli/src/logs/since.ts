import { InvalidArgumentError } from 'commander';

const UNITS_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Parses `--since`: `90s`, `10m`, `2h`, `1d` ago, or a time as ISO 8601. Gives milliseconds since 1970. */
export function sinceMs(text: string, nowMs = Date.now()): number {
  const [, count, unit] = /^(\d+(?:\.\d+)?)([smhd])$/.exec(text) ?? [];
  if (count !== undefined && unit !== undefined) return nowMs - Number(count) * UNITS_MS[unit]!;
  const time = /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(text) : NaN;
  if (Number.isNaN(time))
    throw new InvalidArgumentError('Expected 90s, 10m, 2h, 1d, or a time such as 2026-11-25T22:10.');
  return time;
}
