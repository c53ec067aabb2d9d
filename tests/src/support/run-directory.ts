import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface MetricsLine {
  readonly type: string;
  readonly step: number;
  readonly [key: string]: unknown;
}

export function metricsOf(run: string): MetricsLine[] {
  const file = join(run, 'metrics.jsonl');
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as MetricsLine);
}

/** "step loss" of every step, the loss with all the digits that the file has. */
export function lossesOf(run: string): string[] {
  return readFileSync(join(run, 'metrics.jsonl'), 'utf8')
    .split('\n')
    .flatMap((line) => {
      const found = /"type":"step","step":(\d+),.*"loss":([^,]+),/.exec(line);
      return found === null ? [] : [`${found[1]} ${found[2]}`];
    });
}

/** SHA-256 of the weights and of the optimizer's state after `step`. */
export function checkpointDigests(run: string, step: number): { weights: string; optimizer: string } {
  const folder = join(run, 'checkpoints', `step-${String(step).padStart(8, '0')}`);
  const digest = (file: string) =>
    createHash('sha256')
      .update(readFileSync(join(folder, file)))
      .digest('hex');
  return { weights: digest('model.safetensors'), optimizer: digest('optimizer.safetensors') };
}
