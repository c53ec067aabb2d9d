import { type DataFault, type Fault, FAULT_VARIABLE, faultsOf } from '@tandem/core';
import type { Logger } from '@tandem/observability';
import type { BatchSource, Replica } from '@tandem/training';

export interface FaultTarget {
  /** Of this worker. */
  readonly name: string;
  readonly replica: Replica;
  readonly log: Logger;
}

/** The same batches, and what a test wants of them on the way, once each; where it wants nothing, `batches` itself. */
export function injectFaults(
  batches: BatchSource,
  { name, replica, log }: FaultTarget,
  faults: readonly Fault[] = faultsOf(name),
): BatchSource {
  const due = faults.flatMap(({ step, action }) => (typeof action === 'string' ? [] : [{ step, action }]));
  if (due.length === 0) return batches;
  log.warn(
    { event: 'fault.injected', faults: [...due] },
    `${FAULT_VARIABLE} is set: this worker is made to fail, for a test`,
  );
  return {
    next: async () => {
      const batch = await batches.next();
      for (const fault of due.filter(({ step = batch.step }) => step === batch.step))
        if (inject(fault.action, batch, replica)) due.splice(due.indexOf(fault), 1);
      return batch;
    },
  };
}

/** False: the batch has nothing that the fault is for. */
function inject(
  fault: DataFault,
  { images, labels, indices }: Awaited<ReturnType<BatchSource['next']>>,
  replica: Replica,
): boolean {
  if (fault.kind === 'flip-bit') {
    flipBit(replica, fault.parameter);
    return true;
  }
  const row = indices.indexOf(fault.sample);
  if (row >= 0) images[(row * images.length) / labels.length] = NaN;
  return row >= 0;
}

function flipBit({ network, operations, weights }: Replica, name: string): void {
  const index = network.parameters.findIndex((parameter) => parameter.name === name);
  const before = weights.read(index);
  const values = operations.read(before);
  before.dispose();
  new Int32Array(values.buffer, values.byteOffset, 1)[0]! ^= 1;
  const after = operations.fromFloat32(values, network.parameters[index]!.shape);
  weights.assign(index, after);
  after.dispose();
}
