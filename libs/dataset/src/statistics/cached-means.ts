import type { ImageSource } from '../sources/image-source.js';
import { type CacheOptions, cachedStatistic } from './cached-statistic.js';
import { channelMeans, type StatisticOptions } from './channel-means.js';

export type CachedMeansOptions = CacheOptions & Pick<StatisticOptions, 'onError'>;

/** `channelMeans`, kept on this machine. */
export function cachedChannelMeans(
  source: ImageSource,
  resize: number | undefined,
  options: CachedMeansOptions = {},
): Promise<number[]> {
  const statistic = {
    rule: 'central square, 2',
    parse: ({ mean }: Record<string, unknown>) => {
      const whole =
        Array.isArray(mean) &&
        mean.length === source.channels &&
        mean.every((value) => Number.isFinite(value) && value >= 0 && value <= 255);
      return whole ? (mean as number[]) : undefined;
    },
    format: (mean: number[]) => ({ mean }),
    compute: () => channelMeans(source, resize, options),
  };
  return cachedStatistic(source, resize, statistic, options);
}
