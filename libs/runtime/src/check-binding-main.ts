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
process.stdout.write(formatBindingReport({ tensorflowVersion: nativeVersion(tf), usesGpu: usesGpu(tf) }));
