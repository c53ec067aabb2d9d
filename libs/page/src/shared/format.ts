/** "0.1235", "12.35": four digits; "–" where there is none. */
export function number(value: number | null | undefined): string {
  if (value === null || value === undefined) return '–';
  return Number(value.toPrecision(4)).toString();
}

/** "12.34 %" of a fraction. */
export function percent(value: number | null | undefined): string {
  return value === null || value === undefined ? '–' : `${(100 * value).toFixed(2)} %`;
}

/** "12,345" */
export function count(value: number): string {
  return value.toLocaleString('en-US');
}

/** "12.3", of milliseconds. */
export function milliseconds(value: number): string {
  return value >= 1_000 ? count(Math.round(value)) : value.toFixed(1);
}

/** "0.4 s ago" */
export function age(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s ago`;
}

/** "13:04:59", of the clock of whoever looks. */
export function clock(timeMs: number): string {
  return new Date(timeMs).toTimeString().slice(0, 8);
}
