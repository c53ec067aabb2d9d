import { mkdirSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { ablations } from './ablations.js';
import { type ArmMetrics } from './metrics.js';
import { runArm } from './arm-run.js';
import { drawCurves } from './draw.js';
import { writeTable } from './page.js';
import { type AblationResult, summarize } from './summary.js';

// `npm run ablations`: trains every arm of examples/ablations with several seeds, and writes the curves (docs/images/ablations), the
// table of docs/ablations.md and benchmarks/results/ablations-DATE.json. A run that is there already is not run again.

const { values: flags } = parseArgs({
  options: {
    only: { type: 'string', multiple: true, default: [] },
    seeds: { type: 'string', default: '3' },
    runs: { type: 'string', default: 'runs/ablations' },
    // Where the results go, laid out as the repository is.
    into: { type: 'string', default: '.' },
    // For all arms, over their files.
    set: { type: 'string', multiple: true, default: [] },
  },
});
const root = join(import.meta.dirname, '../..');
const seeds = Number(flags.seeds);
if (!Number.isInteger(seeds) || seeds < 1) throw new Error(`--seeds is ${flags.seeds}; it is a number from 1 on`);
const unknown = flags.only.filter((name) => !ablations.some((ablation) => ablation.name === name));
if (unknown.length > 0)
  throw new Error(`--only ${unknown.join(', ')}: there are ${ablations.map(({ name }) => name).join(', ')}`);
const chosen = ablations.filter(({ name }) => flags.only.length === 0 || flags.only.includes(name));

const results: AblationResult[] = [];
for (const ablation of chosen) {
  const runs: ArmMetrics[][] = [];
  for (const { file } of ablation.arms) {
    const ofArm: ArmMetrics[] = [];
    for (let seed = 1; seed <= seeds; seed++) {
      const started = process.hrtime.bigint();
      ofArm.push(
        await runArm({
          ...{ arm: file, seed, settings: flags.set, out: flags.runs },
          file: join(root, 'examples/ablations', `${file}.yaml`),
        }),
      );
      const seconds = Number(process.hrtime.bigint() - started) / 1e9;
      const error = ofArm.at(-1)!.evaluations.at(-1)!.error;
      process.stderr.write(
        `${ablation.name}, ${file}, seed ${seed}: error ${(100 * error).toFixed(2)} % (${seconds.toFixed(0)} s)\n`,
      );
    }
    runs.push(ofArm);
  }
  const images = join(flags.into, 'docs/images/ablations');
  mkdirSync(images, { recursive: true });
  writeFileSync(join(images, `${ablation.name}.svg`), drawCurves(ablation, runs));
  results.push(summarize(ablation, runs));
}

const date = new Date().toISOString().slice(0, 10);
const folder = join(flags.into, 'benchmarks/results');
mkdirSync(folder, { recursive: true });
const whole = chosen.length === ablations.length;
const file = join(folder, `ablations-${whole ? '' : `${chosen.map(({ name }) => name).join('-')}-`}${date}.json`);
writeFileSync(
  file,
  `${JSON.stringify({ benchmark: 'ablations', date, seeds, settings: flags.set, results }, null, 2)}\n`,
);
// A part of the ablations would leave a table that does not belong together.
if (whole) writeTable(join(flags.into, 'docs/ablations.md'), { date, seeds, results });
process.stdout.write(`${relative('.', file)}\n`);
