import type { Tensor } from '@tensorflow/tfjs-node-gpu';
import type { NativeBackend } from './native-backend.js';

/** `Operations.halfSquareSum`, by TensorFlow's own sums. */
export function halfSquareSum(
  backend: NativeBackend,
  tensors: readonly Tensor[],
  pairs: readonly (readonly [Tensor, Tensor])[],
): number {
  const floats = [backend.type('T')];
  const halfSquares = (x: Tensor) => backend.run('L2Loss', floats, [x]);
  const parts = tensors.map(halfSquares);
  for (const [a, b] of pairs) {
    const [ofA, ofB] = [halfSquares(a), halfSquares(b)];
    parts.push(backend.run('Mul', floats, [ofA, ofB]));
    ofA.dispose();
    ofB.dispose();
  }
  if (parts.length === 0) return 0;
  // One number is waited for, not one of each.
  const total = backend.run('AddN', [backend.integer('N', parts.length), ...floats], parts);
  const [value] = total.dataSync<'float32'>();
  for (const tensor of [...parts, total]) tensor.dispose();
  return value!;
}

/** `Operations.bitSums`. */
export function bitSums(backend: NativeBackend, tensors: Iterable<Tensor>): number[] {
  const int32 = backend.binding.TF_INT32;
  const sum = [backend.flag('keep_dims', false), backend.type('T', int32), backend.type('Tidx', int32)];
  const sums = Array.from(tensors, (tensor) => {
    const bits = backend.run('Bitcast', [backend.type('T'), backend.type('type', int32)], [tensor]);
    const axes = backend.wrap(Int32Array.from(tensor.shape.keys()), [tensor.rank]);
    const total = backend.run('Sum', sum, [bits, axes]);
    for (const done of [bits, axes, tensor]) done.dispose();
    return total;
  });
  if (sums.length === 0) return [];
  // One read that waits for TensorFlow, not one of each.
  const all = backend.run(
    'Pack',
    [backend.integer('N', sums.length), backend.type('T', int32), backend.integer('axis', 0)],
    sums,
  );
  const values = Array.from(all.dataSync<'int32'>(), (value) => value >>> 0);
  for (const done of [...sums, all]) done.dispose();
  return values;
}
