import { expect, it } from 'vitest';
import { visibleGpuCount } from './visible-gpus.js';

it.each([
  ['4,6', 8, 2],
  ['GPU-1a2b', 8, 1],
  ['', 8, 8],
  [undefined, 8, 8],
  [undefined, 0, undefined],
])('counts what %s of %s GPUs leaves', (granted, there, count) => {
  const environment = granted === undefined ? {} : { CUDA_VISIBLE_DEVICES: granted };
  expect(visibleGpuCount(environment, () => there)).toBe(count);
});
