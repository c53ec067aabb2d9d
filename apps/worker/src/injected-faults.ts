import { ConfigurationError } from '@tandem/core';
import type { Logger } from '@tandem/observability';
import type { BatchSource, Replica } from '@tandem/training';

/** Names the fault that a test wants of this worker; see docs/numerical-safety.md. Nothing else reads it. */
export const FAULT_VARIABLE = 'TANDEM_INJECT_FAULT';

type Fault =
  /** Before `step`, the lowest bit of the first value of a parameter, on one rank. */
  | { readonly kind: 'flip-bit'; readonly step: number; readonly rank: number; readonly parameter: string }
  /** In `step`, the first value of the image of a sample is no number, on whichever rank has it. */
  | { readonly kind: 'nan-sample'; readonly step: number; readonly sample: number };

export interface FaultTarget {
  readonly rank: number;
  readonly replica: Replica;
  readonly log: Logger;
}

/** The same batches, and the fault that `setting` (the variable's value) asks for on the way; without one, `batches` itself. */
export function injectFaults(
  batches: BatchSource,
  target: FaultTarget,
  setting = process.env[FAULT_VARIABLE],
): BatchSource {
  if (setting === undefined || setting === '') return batches;
  const fault = parseFault(setting);
  target.log.warn(
    { event: 'fault.injected', fault },
    `${FAULT_VARIABLE} is set: this worker is made to fail, for a test`,
  );
  return {
    next: async () => {
      const batch = await batches.next();
      if (batch.step !== fault.step) return batch;
      if (fault.kind === 'nan-sample') {
        const row = batch.indices.indexOf(fault.sample);
        if (row >= 0) batch.images[(row * batch.images.length) / batch.labels.length] = NaN;
      } else if (fault.rank === target.rank) flipBit(target.replica, fault.parameter);
      return batch;
    },
  };
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

/** `flip-bit:step=5,rank=1,parameter=fc6/kernel` or `nan-sample:step=5,sample=17`. */
function parseFault(setting: string): Fault {
  const [kind, rest = ''] = setting.split(/:(.*)/s);
  const values = new Map(rest.split(',').map((pair) => pair.split('=') as [string, string]));
  const number = (key: string) => Number(values.get(key));
  if (kind === 'flip-bit' && values.has('parameter'))
    return { kind, step: number('step'), rank: number('rank'), parameter: values.get('parameter')! };
  if (kind === 'nan-sample') return { kind, step: number('step'), sample: number('sample') };
  throw new ConfigurationError({
    code: 'TANDEM_CONFIG_VALUE',
    what: `${FAULT_VARIABLE} is "${setting}"`,
    expected: 'flip-bit:step=…,rank=…,parameter=… or nan-sample:step=…,sample=…; it is for tests',
    remedy: 'Unset it.',
  });
}
