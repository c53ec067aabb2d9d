import { formatBindingReport } from './check-binding.js';
import { nativeVersion, requireTensorFlow, usesGpu } from './require-tensorflow.js';
import { tensorFlowEnvironment } from './tensorflow-environment.js';

const [, , binding, device] = process.argv as [string, string, string, 'cpu' | 'gpu:0'];
Object.assign(process.env, tensorFlowEnvironment({ threads: 1, device }));
const tf = requireTensorFlow(binding);
const product = tf.tidy(() =>
  tf.matMul(tf.tensor2d([1, 2, 3, 4], [2, 2]), tf.tensor2d([5, 6, 7, 8], [2, 2])).dataSync(),
);
if ([...product].join() !== '19,22,43,50')
  throw new Error(`[1 2; 3 4] × [5 6; 7 8] came out as ${[...product].join(', ')}`);
if (!usesGpu(tf) && !ownKernelsAnswer())
  throw new Error('Tandem’s own kernels were built into it, and TensorFlow does not find them');
process.stdout.write(formatBindingReport({ tensorflowVersion: nativeVersion(tf), usesGpu: usesGpu(tf) }));

/** Whether the kernels registered themselves: a momentum step on 1 and 2 with gradient 3, rate 0.5, no momentum, no decay. */
function ownKernelsAnswer(): boolean {
  const backend = tf.backend() as unknown as {
    readonly binding: {
      readonly TF_FLOAT: number;
      createTensor(shape: readonly number[], dtype: number, values: Float32Array): number;
      executeOp(name: string, attributes: readonly never[], inputs: readonly number[], outputs: number): unknown;
      tensorDataSync(id: number): Float32Array;
    };
  };
  const { binding: native } = backend;
  const tensor = (...values: number[]) =>
    native.createTensor([values.length], native.TF_FLOAT, Float32Array.from(values));
  const weight = tensor(1, 2);
  native.executeOp('TandemMomentum', [], [weight, tensor(0, 0), tensor(3, 3), tensor(0.5, 0, 0)], 0);
  return [...native.tensorDataSync(weight)].join() === '-0.5,0.5';
}
