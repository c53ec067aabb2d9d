import { describe, expect, it } from 'vitest';
import { type PlacementRequest, placeWorkers } from './placement.js';

const request: PlacementRequest = {
  ...{ workers: 'auto', threads: 1, device: 'cpu', gpus: undefined },
  ...{ cores: 8, visibleGpus: undefined, mostWorkers: Infinity },
};
const place = (some: Partial<PlacementRequest>) => placeWorkers({ ...request, ...some });

describe('placeWorkers', () => {
  it.each([
    ['a core each', {}, 8, 1],
    ['two cores each', { threads: 2 }, 4, 2],
    ['what divides badly', { threads: 3 }, 2, 3],
    ['more threads than cores', { threads: 16 }, 1, 16],
    ['not more than have work', { mostWorkers: 3 }, 3, 1],
    ['the cores shared out', { workers: 3, threads: 'auto' }, 3, 2],
    ['more workers than cores', { workers: 9, threads: 'auto' }, 9, 1],
  ] as const)('on the CPU: %s', (_, some, count, threads) => {
    const placed = place(some);
    expect(placed.devices).toEqual(Array.from({ length: count }, () => 'cpu'));
    expect(placed.threads).toBe(threads);
    expect(placed.notices.length > 0).toBe(count > 1 && count * threads > 8);
  });

  it.each([
    [{ visibleGpus: 3 }, ['gpu:0', 'gpu:1', 'gpu:2'], 2],
    [{ visibleGpus: 4, gpus: [3, 1] }, ['gpu:3', 'gpu:1'], 4],
    [{ visibleGpus: 4, workers: 2 }, ['gpu:0', 'gpu:1'], 4],
    [{ workers: 2, gpus: [2, 0, 1] }, ['gpu:2', 'gpu:0'], 4],
    // nvidia-smi is not there; TensorFlow will tell.
    [{ workers: 2 }, ['gpu:0', 'gpu:1'], 4],
    [{ visibleGpus: 4, mostWorkers: 2 }, ['gpu:0', 'gpu:1'], 4],
  ] as const)('one a GPU: %o', (some, devices, threads) => {
    const placed = place({ device: 'gpu', threads: 'auto', ...some });
    expect(placed).toEqual({ devices, threads, notices: [] });
  });

  it.each([
    [{ visibleGpus: 0 }, 'there is no GPU that this process may use'],
    [{ visibleGpus: 2, gpus: [0, 2] }, 'there is no gpu:2. Expected numbers below 2'],
    [{ visibleGpus: 2, workers: 3 }, '3 workers are to have a GPU each, and there are 2'],
    [{ gpus: [0], workers: 2 }, '2 workers are to have a GPU each, and there are 1'],
    [{}, 'no GPU is seen here: there is no nvidia-smi'],
    [{}, 'Leave --gpus and --device out to train on the CPU'],
  ] as const)('refuses %o', (some, message) => {
    expect(() => place({ device: 'gpu', ...some })).toThrow(
      expect.objectContaining({ code: 'TANDEM_PLACEMENT', message: expect.stringContaining(message) }),
    );
  });
});
