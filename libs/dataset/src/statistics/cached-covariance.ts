import type { ImageSource } from '../sources/image-source.js';
import { type CacheOptions, cachedStatistic } from './cached-statistic.js';
import type { StatisticOptions } from './channel-means.js';
import { colourCovariance } from './colour-covariance.js';

/** `colourCovariance`, kept on this machine beside the channel means. */
export function cachedColourCovariance(
  source: ImageSource,
  resize: number | undefined,
  options: CacheOptions & Pick<StatisticOptions, 'onError'> = {},
): Promise<number[][]> {
  const isRow = (row: unknown) =>
    Array.isArray(row) && row.length === source.channels && row.every((value) => Number.isFinite(value));
  const statistic = {
    rule: 'covariance of the central square, 2',
    parse: ({ covariance }: Record<string, unknown>) => {
      const whole = Array.isArray(covariance) && covariance.length === source.channels && covariance.every(isRow);
      return whole ? (covariance as number[][]) : undefined;
    },
    format: (covariance: number[][]) => ({ covariance }),
    compute: () => colourCovariance(source, resize, options),
  };
  return cachedStatistic(source, resize, statistic, options);
}
