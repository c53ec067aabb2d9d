import type { FileSystem } from './files/file-system.js';
import { nodeFileSystem } from './files/node-file-system.js';
import { listCheckpoints, removeCheckpoint } from './layout.js';

/** Which checkpoints stay, beside step 0. */
export interface Retention {
  /** So many of the newest. */
  readonly keep: number;
  /** So many of those with the least error in evaluation. */
  readonly keepBest: number;
  /** The error in the evaluation after a step, of the steps that were evaluated. */
  readonly errors: ReadonlyMap<number, number>;
}

/** Of these steps, ascending, those whose checkpoints go. */
export function stepsToRemove(steps: readonly number[], retention: Retention): number[] {
  const beyondStart = steps.filter((step) => step !== 0);
  const staying = new Set([...beyondStart.slice(-retention.keep), ...bestSteps(beyondStart, retention)]);
  return beyondStart.filter((step) => !staying.has(step));
}

/** Of these steps, the `keepBest` with the least error; of equal ones the earlier. A step without an evaluation is none of them. */
export function bestSteps(steps: readonly number[], { keepBest, errors }: Omit<Retention, 'keep'>): number[] {
  return steps
    .filter((step) => Number.isFinite(errors.get(step)))
    .sort((one, other) => errors.get(one)! - errors.get(other)! || one - other)
    .slice(0, keepBest);
}

/** Removes the checkpoints of a run that `retention` has no place for. Throws what the file system throws. */
export async function retainCheckpoints(
  runDirectory: string,
  retention: Retention,
  files: FileSystem = nodeFileSystem,
): Promise<void> {
  const steps = (await listCheckpoints(runDirectory, files)).map(({ step }) => step);
  for (const step of stepsToRemove(steps, retention)) await removeCheckpoint(runDirectory, step, files);
}
