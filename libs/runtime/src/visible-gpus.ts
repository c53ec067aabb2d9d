import { nvidiaGpus } from './nvidia.js';

/**
 * GPUs that `gpu:K` may name: those that a scheduler granted in CUDA_VISIBLE_DEVICES, else those of the machine. Undefined
 * where neither says of any.
 */
export function visibleGpuCount(
  environment: NodeJS.ProcessEnv = process.env,
  ofMachine: () => number = () => nvidiaGpus().length,
): number | undefined {
  const granted = environment['CUDA_VISIBLE_DEVICES']?.split(',').filter((name) => name !== '' && name !== '-1');
  return granted?.length || ofMachine() || undefined;
}
