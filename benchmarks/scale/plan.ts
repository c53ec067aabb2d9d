import { type ExchangeOrder, exchangeTraffic, type RankTraffic } from '@tandem/collective';
import { parseConfig } from '@tandem/core/config';
import { chooseDenseExchange } from '@tandem/coordinator';
import { buildNetwork, type Network } from '@tandem/model';
import { type ExchangeLayout, layOutExchange } from '@tandem/training';

/** What is exchanged in a step of a run, found as coordinator and workers find it. */
export interface ExchangePlan {
  readonly network: Network;
  readonly order: ExchangeOrder;
  readonly globalBatch: number;
  readonly microBatches: number;
  readonly chunkBytes: number;
  /** Names of the dense layers that are exchanged as factors. */
  readonly factors: readonly string[];
  readonly layout: ExchangeLayout;
}

/**
 * @param text a configuration that says how many micro-batches there are
 * @param data what the data set would say
 */
export function planExchange(
  text: string,
  data: { readonly classes: number; readonly channels: number },
): ExchangePlan {
  const config = parseConfig(text);
  const { globalBatch, microBatches } = config.training;
  if (microBatches === undefined)
    throw new Error('training.microBatches is not set, which depends on the workers then');
  const { order, bucketBytes, chunkBytes, compression } = config.exchange;
  const network = buildNetwork(config.model, data);
  const parameters = network.parameters.map(({ name, shape }) => ({ name, shape: [...shape] }));
  const factors = chooseDenseExchange(config, parameters).flatMap((one) => (one.factors ? [one.layer] : []));
  const encoding = compression === 'bf16' ? 'bfloat16' : 'float32';
  const layout = layOutExchange(network, { bucketBytes, globalBatch, microBatches, factors, encoding });
  return { network, order, globalBatch, microBatches, chunkBytes, factors, layout };
}

/** Of each bucket, the figures of the rank that has most of each. */
export function heaviestTraffic(plan: ExchangePlan, worldSize: number): RankTraffic[] {
  const { order, microBatches, chunkBytes, layout } = plan;
  return exchangeTraffic({ order, microBatches, worldSize, buckets: layout.buckets, chunkBytes }).map((ranks) => {
    const most = (key: keyof RankTraffic) => ranks.reduce((greatest, rank) => Math.max(greatest, rank[key]), 0);
    return {
      bytesSent: most('bytesSent'),
      bytesReceived: most('bytesReceived'),
      framesSent: most('framesSent'),
      framesReceived: most('framesReceived'),
      additions: most('additions'),
    };
  });
}

/** The most that any rank sends in a step: `bytesSent` of metrics.jsonl. */
export function mostBytesSent(plan: ExchangePlan, worldSize: number): number {
  const { order, microBatches, chunkBytes, layout } = plan;
  const buckets = exchangeTraffic({ order, microBatches, worldSize, buckets: layout.buckets, chunkBytes });
  const ofRank = (rank: number) => buckets.reduce((sum, ranks) => sum + ranks[rank]!.bytesSent, 0);
  return Math.max(...Array.from({ length: worldSize }, (_, rank) => ofRank(rank)));
}
