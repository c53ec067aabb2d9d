import type { ExchangeOrder } from '@tandem/collective';
import { join } from 'node:path';
import { median } from '../median.js';
import { endOf, startPinned } from '../pinned-processes.js';
import { Rendezvous } from '../rendezvous.js';

export interface AllReduceRun {
  readonly ranks: number;
  readonly order: ExchangeOrder;
  /** Each travels in a bucket of its own. */
  readonly tensors: number;
  readonly elements: number;
  readonly warmUp: number;
  readonly iterations: number;
}

export interface AllReduceFigures {
  /** Until the last rank is done. */
  readonly wallMs: number;
  /** Processor time of a rank, in the mean. */
  readonly cpuMs: number;
}

/** All-reduces between processes that have what a worker has, less TensorFlow: medians over the iterations. */
export async function measureAllReduce(run: AllReduceRun): Promise<AllReduceFigures> {
  const { rendezvous, address } = await Rendezvous.open(run.ranks);
  try {
    const sizes = Array.from({ length: run.tensors }, () => run.elements).join();
    const started = Array.from({ length: run.ranks }, (_, rank) =>
      startPinned(rank, process.execPath, [
        ...['--import', 'tsx', join(import.meta.dirname, '../allreduce-rank.ts'), '--coordinator', address],
        ...['--name', `worker-${rank}`, '--ranks', String(run.ranks), '--order', run.order, '--tensors', sizes],
        // As between machines, which is what is modelled.
        ...['--shared-memory', 'off', '--bucket-bytes', String(4 * run.elements)],
        ...['--warm-up', String(run.warmUp), '--iterations', String(run.iterations)],
      ]),
    );
    const outcomes = (await endOf(started)).map(
      (line) => JSON.parse(line) as { readonly wallMs: readonly number[]; readonly cpuMs: readonly number[] },
    );
    const each = Array.from({ length: run.iterations }, (_, iteration) => iteration);
    return {
      wallMs: median(each.map((at) => Math.max(...outcomes.map(({ wallMs }) => wallMs[at]!)))),
      cpuMs: median(each.map((at) => outcomes.reduce((sum, { cpuMs }) => sum + cpuMs[at]!, 0) / run.ranks)),
    };
  } finally {
    rendezvous.close();
  }
}
