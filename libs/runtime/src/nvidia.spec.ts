import { expect, it } from 'vitest';
import { parseNvidiaSmi } from './nvidia.js';

it('reads what nvidia-smi lists', () => {
  expect(parseNvidiaSmi('0, NVIDIA H100 80GB HBM3, 81559\n1, NVIDIA GH200, [N/A]\n\n')).toEqual([
    { index: 0, name: 'NVIDIA H100 80GB HBM3', memoryBytes: 81559 * 2 ** 20 },
    { index: 1, name: 'NVIDIA GH200', memoryBytes: undefined },
  ]);
  expect(parseNvidiaSmi('No devices were found\n')).toEqual([]);
});
