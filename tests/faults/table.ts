import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Cell, FAULTS, nameOf, PHASES, TARGETS } from './cells.js';
import { type KeptResults, RESULTS } from './results.js';

// Writes the table of docs/faults.md between its two marks from the newest benchmarks/results/faults-DATE.json.

const PAGE = join(import.meta.dirname, '../../docs/faults.md');
const MARKS = /(<!-- cells -->\n)[\s\S]*(<!-- \/cells -->)/;
const titles: Readonly<Record<string, string>> = {
  kill: 'kill',
  stop: 'stop',
  cut: 'cut link',
  'cut-out': 'cut one direction',
};

function markdown({ cells, date, processor, cores }: KeptResults): string {
  const kept = new Map(cells.map((cell) => [nameOf(cell), cell]));
  const text = (cell: Cell) => {
    const result = kept.get(nameOf(cell));
    if (result === undefined) return 'not run';
    if (!result.passed) return '**failed**';
    return result.recoveryMs === null ? '–' : (result.recoveryMs / 1000).toFixed(1);
  };
  const rows = FAULTS.flatMap((fault) =>
    TARGETS.map((target) => [titles[fault]!, target, ...PHASES.map((phase) => text({ fault, phase, target }))]),
  );
  const head = ['fault', 'of', ...PHASES];
  const lines = [head, head.map((_, at) => (at < 2 ? '---' : '--:')), ...rows].map((row) => `| ${row.join(' | ')} |`);
  const all = FAULTS.length * PHASES.length * TARGETS.length;
  const passed = cells.filter((cell) => cell.passed).length;
  const counts = `${passed} passed, ${cells.length - passed} failed, ${all - cells.length} not run`;
  return `\nSeconds without a committed step, ${date}, ${cores} cores of ${processor}, shared with other programs: ${counts}.\n\n${lines.join('\n')}\n\n`;
}

const newest = readdirSync(RESULTS)
  .filter((name) => /^faults-\d{4}-\d\d-\d\d\.json$/.test(name))
  .sort()
  .at(-1);
if (newest === undefined) throw new Error(`${RESULTS} has no faults-DATE.json: npm run test:faults`);
const results = JSON.parse(readFileSync(join(RESULTS, newest), 'utf8')) as KeptResults;
const page = readFileSync(PAGE, 'utf8');
if (!MARKS.test(page)) throw new Error(`${PAGE} has no marks`);
writeFileSync(
  PAGE,
  page.replace(MARKS, (_, open: string, close: string) => open + markdown(results) + close),
);
