import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { drawCurves } from './ablations/draw.js';
import { parseMetrics } from './ablations/metrics.js';

// Draws runs beside each other: `npm run curves -- --title ELPV --out elpv.svg paper=runs/paper caffe=runs/caffe`.

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: { title: { type: 'string', default: 'Runs' }, out: { type: 'string', default: 'curves.svg' } },
});
const runs = positionals.map((argument) => {
  const at = argument.indexOf('=');
  const [label, directory] = at < 0 ? [argument, argument] : [argument.slice(0, at), argument.slice(at + 1)];
  return { label, metrics: parseMetrics(readFileSync(join(directory, 'metrics.jsonl'), 'utf8')) };
});
const svg = drawCurves(
  { title: flags.title, arms: runs.map(({ label }) => ({ label })) },
  runs.map(({ metrics }) => [metrics]),
);
mkdirSync(dirname(flags.out), { recursive: true });
writeFileSync(flags.out, svg);
for (const { label, metrics } of runs) {
  const errors = metrics.evaluations.map(({ error }) => error);
  const last = errors.at(-1);
  process.stdout.write(
    `${label}: ${errors.length} evaluations, accuracy ${percent(last)} at the end, ${percent(Math.min(...errors))} at best\n`,
  );
}

function percent(error: number | undefined): string {
  return error === undefined ? 'unknown' : `${(100 * (1 - error)).toFixed(2)} %`;
}
