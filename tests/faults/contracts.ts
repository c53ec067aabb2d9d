import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { checkpointDigests, lossesOf, metricsOf } from '../src/support/run-directory.js';

/** What a run has that must not be, beside one to which nothing happened; empty: nothing. */
export function broken(out: string, undisturbed: string, steps: number): string[] {
  const faults: string[] = [];
  const rows = metricsOf(out).filter(({ type }) => type === 'step');
  const inOrder = rows.every(({ step }, index) => step === index + 1);
  if (!inOrder || rows.length !== steps)
    faults.push(
      `metrics.jsonl has not each of ${steps} steps once and in order: ${rows.map(({ step }) => step).join(' ')}`,
    );
  const losses = lossesOf(undisturbed);
  const other = lossesOf(out).filter((line, index) => line !== losses[index]);
  if (other.length > 0) faults.push(`losses differ from the undisturbed run's: ${other.slice(0, 3).join(', ')}`);
  const evaluations = (of: string) =>
    metricsOf(of)
      .filter(({ type, step }) => type === 'eval' && step <= steps)
      .map((row) => JSON.stringify(row));
  if (evaluations(out).join() !== evaluations(undisturbed).join())
    faults.push(`evaluations differ: ${evaluations(out).join()} for ${evaluations(undisturbed).join()}`);
  const kept = checkpointsOf(out);
  if (!kept.includes(steps)) faults.push(`there is no checkpoint of step ${steps}`);
  const comparable = checkpointsOf(undisturbed);
  for (const step of kept.filter((each) => comparable.includes(each))) {
    const [mine, theirs] = [checkpointDigests(out, step), checkpointDigests(undisturbed, step)];
    if (mine.weights !== theirs.weights) faults.push(`the weights after step ${step} differ`);
    if (mine.optimizer !== theirs.optimizer) faults.push(`the optimizer's state after step ${step} differs`);
  }
  return faults;
}

/** Steps of the checkpoints that a run has kept. */
function checkpointsOf(out: string): number[] {
  return readdirSync(join(out, 'checkpoints')).flatMap((name) => {
    const step = /^step-(\d+)$/.exec(name)?.[1];
    return step === undefined ? [] : [Number(step)];
  });
}
