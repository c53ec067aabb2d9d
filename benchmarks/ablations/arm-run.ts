import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createWriteStream, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadConfig } from '@tandem/core/config';
import { type ArmMetrics, parseMetrics } from './metrics.js';

const tandem = join(import.meta.dirname, '../../apps/cli/dist/main.js');

export interface ArmRunOptions {
  /** The configuration. */
  readonly file: string;
  readonly arm: string;
  readonly seed: number;
  /** More `--set` values, for a short form. */
  readonly settings: readonly string[];
  /** Where runs are kept. */
  readonly out: string;
}

/**
 * One run of an arm on one worker, at low priority. Its directory is named for the whole configuration, so that one that has been run
 * is not run again, one that was stopped goes on, and a changed configuration is another run. Throws where `tandem run` fails.
 */
export async function runArm({ file, arm, seed, settings, out }: ArmRunOptions): Promise<ArmMetrics> {
  const overrides = [`training.seed=${seed}`, ...settings];
  const config = loadConfig(file, { overrides });
  const key = createHash('sha256').update(JSON.stringify(config)).digest('hex').slice(0, 8);
  const directory = join(out, `${arm}-seed-${seed}-${key}`);
  const done = finishedMetrics(directory, config.training.epochs);
  if (done !== undefined) return done;
  mkdirSync(out, { recursive: true });
  const set = overrides.flatMap((override) => ['--set', override]);
  const status = await execute(
    ['run', '--config', file, '--workers', '1', '--out', directory, '--resume', ...set],
    `${directory}.log`,
  );
  const metrics = finishedMetrics(directory, config.training.epochs);
  if (status !== 0 || metrics === undefined)
    throw new Error(`the run of ${arm} with seed ${seed} did not finish: see ${directory}.log`);
  return metrics;
}

/** The last thing that a run writes is the evaluation after its last epoch. */
function finishedMetrics(directory: string, epochs: number): ArmMetrics | undefined {
  const file = join(directory, 'metrics.jsonl');
  if (!existsSync(file)) return undefined;
  const metrics = parseMetrics(readFileSync(file, 'utf8'));
  return metrics.evaluations.at(-1)?.epoch === epochs ? metrics : undefined;
}

function execute(args: readonly string[], log: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const output = createWriteStream(log);
    const child = spawn('nice', ['-n', '10', process.execPath, tandem, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.pipe(output, { end: false });
    child.stderr.pipe(output, { end: false });
    const forward = () => child.kill('SIGTERM');
    process.on('SIGINT', forward).on('SIGTERM', forward);
    child.once('error', reject);
    child.once('close', (status) => {
      process.off('SIGINT', forward).off('SIGTERM', forward);
      output.end();
      resolve(status ?? 1);
    });
  });
}
