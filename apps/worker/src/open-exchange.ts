import { localPartials } from '@tandem/collective';
import { dealMicroBatches, type RunConfig } from '@tandem/core';
import type { ExchangeHandle, GenerationMessage } from '@tandem/rpc';
import { type GradientExchange, layOutExchange, LocalExchange, SharedMemoryExchange } from '@tandem/training';
import type { PreparedWorker } from './prepare-worker.js';
import { traceBuckets } from './timeline/trace-buckets.js';

export interface OpenedExchange {
  readonly exchange: GradientExchange;
  /** To be closed; a world of one has none. */
  readonly handle?: ExchangeHandle;
}

/** A world of one keeps its gradients in TensorFlow; else they go through the communication thread, bucket by bucket. */
export async function openExchange(
  { communication, replica }: PreparedWorker,
  config: RunConfig,
  { rank, members }: GenerationMessage,
  { microBatches, copying }: { readonly microBatches: number; readonly copying: boolean },
): Promise<OpenedExchange> {
  const { order, bucketBytes, chunkBytes, timeoutMs, factors = [], compression, sharedMemory } = config.exchange;
  const encoding = compression === 'bf16' ? 'bfloat16' : 'float32';
  const { timeline } = communication;
  const { operations, network } = replica;
  const { globalBatch } = config.training;
  if (members.length === 1)
    return { exchange: new LocalExchange({ operations, network, globalBatch, microBatches, factors, encoding }) };
  const layout = layOutExchange(network, { bucketBytes, globalBatch, microBatches, factors, encoding });
  const partials = localPartials(order, microBatches, members.length, rank);
  const handle = await communication.openExchange({
    ...{ order, microBatches, chunkBytes, timeoutMs, sharedMemory },
    // A state on its way to a peer has timeouts of its own.
    ...(copying && { connectTimeout: { ms: config.cluster.startTimeoutMs, name: 'cluster.startTimeoutMs' } }),
    buckets: layout.buckets,
    elements: layout.elements,
    partials: partials.length,
  });
  const deal = dealMicroBatches(microBatches, members.length, rank);
  const exchange = new SharedMemoryExchange({
    ...{ operations, network, partials, layout, globalBatch, microBatches, deal, encoding },
    buckets: timeline === undefined ? handle : traceBuckets(handle, timeline),
  });
  return { exchange, handle };
}
