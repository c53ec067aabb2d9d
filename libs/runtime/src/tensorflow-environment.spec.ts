import { describe, expect, it } from 'vitest';
import { tensorFlowEnvironment } from './tensorflow-environment.js';

describe('tensorFlowEnvironment', () => {
  it('hides GPUs from a CPU worker and quiets TensorFlow', () => {
    expect(tensorFlowEnvironment({ threads: 3, device: 'cpu' }, { CUDA_VISIBLE_DEVICES: '0,1' })).toEqual({
      TF_NUM_INTRAOP_THREADS: '3',
      TF_NUM_INTEROP_THREADS: '1',
      TF_CPP_MIN_LOG_LEVEL: '2',
      CUDA_VISIBLE_DEVICES: '-1',
    });
  });

  it('lets the messages through when asked to, or as the user has set it', () => {
    expect(tensorFlowEnvironment({ threads: 1, device: 'cpu', verbose: true }, {})).toMatchObject({
      TF_CPP_MIN_LOG_LEVEL: '0',
    });
    const user = { TF_CPP_MIN_LOG_LEVEL: '1' };
    expect(tensorFlowEnvironment({ threads: 1, device: 'cpu' }, user)).toMatchObject(user);
  });

  it.each([
    [undefined, 1, '1'],
    ['', 1, '1'],
    ['4,7', 1, '7'],
    ['GPU-a,GPU-b', 0, 'GPU-a'],
    // One more than was granted: none, which loading reports.
    ['4,7', 2, '-1'],
    ['-1', 0, '0'],
  ])('counts gpu:K among the granted devices (%j, %i)', (granted, index, visible) => {
    const environment = tensorFlowEnvironment(
      { threads: 1, device: `gpu:${index}` },
      { CUDA_VISIBLE_DEVICES: granted },
    );
    expect(environment).toMatchObject({
      CUDA_VISIBLE_DEVICES: visible,
      CUDA_DEVICE_ORDER: 'PCI_BUS_ID',
      TF_FORCE_GPU_ALLOW_GROWTH: 'true',
      TF_DETERMINISTIC_OPS: '1',
      CUDA_CACHE_MAXSIZE: String(2 ** 32),
    });
  });
});
