/** What decides how a dense layer's gradient travels: nothing that differs between machines or world sizes. */
export interface DenseLayerFacts {
  /** Samples a step. */
  readonly globalBatch: number;
  /** The most ranks that can take part. */
  readonly microBatches: number;
  readonly inputs: number;
  readonly outputs: number;
}

export interface DenseExchangeCost {
  /** Seconds a step on the nominal machine. */
  readonly allReduceSeconds: number;
  readonly factorsSeconds: number;
}

/** Of the nominal machine: 10 Gbit/s between ranks, and what a core does in a product of matrices. */
const BYTES_PER_SECOND = 1.25e9;
const OPERATIONS_PER_SECOND = 5e10;

/**
 * The cost of a kernel's gradient, [inputs, outputs], a rank and step: as a sum by ring all-reduce, 2·I·O numbers; or as sufficient
 * factors, B·(I + O) numbers, which every rank multiplies for the whole global batch B where it had only to multiply
 * its own rows before, 1 ⁄ V of them with V ranks. Both send (N − 1) ⁄ N of their bytes at N ranks, so N does not matter.
 * After Zhang et al. 2017 (Poseidon, USENIX ATC, section 3.2), whose model counts bytes alone.
 */
export function denseExchangeCost({ globalBatch, microBatches, inputs, outputs }: DenseLayerFacts): DenseExchangeCost {
  const bytes = (numbers: number) => numbers * Float32Array.BYTES_PER_ELEMENT;
  const moreOperations = 2 * globalBatch * inputs * outputs * (1 - 1 / microBatches);
  return {
    allReduceSeconds: bytes(2 * inputs * outputs) / BYTES_PER_SECOND,
    factorsSeconds: bytes(globalBatch * (inputs + outputs)) / BYTES_PER_SECOND + moreOperations / OPERATIONS_PER_SECOND,
  };
}
