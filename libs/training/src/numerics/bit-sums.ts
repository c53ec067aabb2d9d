import type { NativeOperations } from '@tandem/model';
import type { Tensor } from '@tensorflow/tfjs-node-gpu';

/**
 * Of each tensor, the sum of its values' bits as 32-bit integers, modulo 2³², in hexadecimal: a pass at the speed of memory
 * where a SHA-256 takes ten times as long. Integers add up to the same in any order and by any number of threads. One bit that
 * is flipped changes the sum, by a power of two; so does one value that is another one, whatever its bits were. Disposes the
 * tensors, which are taken one at a time.
 */
export function bitSums({ backend }: Pick<NativeOperations, 'backend'>, tensors: Iterable<Tensor>): string[] {
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
  const values = [...all.dataSync<'int32'>()];
  for (const done of [...sums, all]) done.dispose();
  return values.map((value) => (value >>> 0).toString(16).padStart(8, '0'));
}
