import type { ResolvedDataset } from './resolve-dataset.js';

/**
 * What workers must agree on before they train together, in one line that shows where they do not: the digests of both sets
 * (names and labels, not pixels) and the channel means to the last bit, which pixels that differ would change.
 */
export function describeDataset(dataset: Pick<ResolvedDataset, 'train' | 'eval' | 'mean'>): string {
  const { train, eval: evaluation, mean } = dataset;
  return `training ${train.digest}, evaluation ${evaluation?.digest ?? 'none'}, means ${mean.join(' ')}`;
}
