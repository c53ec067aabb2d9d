import { loadTensorFlow, type TensorFlow } from '@tandem/runtime';
import { NativeOperations } from '../operations/native-operations.js';

/** TensorFlow on one thread, as a worker has it by default. */
export function nativeForTests(): { tf: TensorFlow; operations: NativeOperations } {
  const tf = loadTensorFlow({ threads: 1, device: 'cpu' });
  return { tf, operations: new NativeOperations(tf) };
}
