import type { ResolvedDataset } from './resolve-dataset.js';

/**
 * What workers must agree on before they train together, in one line that shows where they do not: the digests of both sets
 * (names and labels, not pixels) and the channel means and colour axes to the last bit, which pixels that differ would change.
 */
export function describeDataset(dataset: Pick<ResolvedDataset, 'train' | 'eval' | 'mean' | 'plan'>): string {
  const { train, eval: evaluation, mean, plan } = dataset;
  const axes = plan.colourAxes === undefined ? '' : `, colour axes ${plan.colourAxes.flat().join(' ')}`;
  return `training ${train.digest}, evaluation ${evaluation?.digest ?? 'none'}, means ${mean.join(' ')}${axes}`;
}
