import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';

/** A table in Markdown, numbers rounded to what a reader can use. */
export function table(head: readonly string[], rows: readonly (readonly (string | number | null)[])[]): string {
  const cell = (value: string | number | null) => (typeof value === 'number' ? brief(value) : (value ?? '–'));
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |\n`;
  const rule = `|${head.map((_, column) => (column === 0 ? '---|' : '--:|')).join('')}\n`;
  return line(head) + rule + rows.map((row) => line(row.map(cell))).join('');
}

/** Three digits or more. */
function brief(value: number): string {
  if (value === 0) return '0';
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  return value.toFixed(Math.min(digits, 4)).replace(/\B(?=(\d{3})+(?!\d|\.))(?<!\.\d*)/g, ',');
}

/** What a result was measured on: the load is the mean of the last minutes, of programs that wanted a core. */
export function circumstances() {
  return {
    date: new Date().toISOString().slice(0, 10),
    cores: cpus().length,
    processor: cpus()[0]!.model.trim(),
    node: process.versions.node,
    load: loadavg().map((load) => Number(load.toFixed(1))),
  };
}

/** Prints a result as the last line, and keeps it as results/NAME-DATE.json unless it is a smoke test's. */
export function conclude(name: string, result: object, smoke: boolean): void {
  const whole = { benchmark: name, ...circumstances(), ...result };
  if (!smoke) keep(name, result);
  process.stdout.write(`${JSON.stringify(whole, roundNumbers)}\n`);
}

/** Writes results/NAME-DATE.json. */
export function keep(name: string, result: object): void {
  const whole = { benchmark: name, ...circumstances(), ...result };
  const folder = join(import.meta.dirname, 'results');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${name}-${whole.date}.json`), `${JSON.stringify(whole, roundNumbers, 2)}\n`);
}

function roundNumbers(_: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(5)) : value;
}
