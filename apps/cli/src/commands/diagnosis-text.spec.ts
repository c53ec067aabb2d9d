import type { Diagnosis } from '@tandem/runtime';
import { expect, it } from 'vitest';
import { diagnosisText } from './diagnosis-text.js';

const bare: Diagnosis = {
  ok: false,
  versions: { tandem: '0.1.0', node: '22.1.0', tfjs: '4.22.0', tensorflow: null },
  platform: { os: 'linux', arch: 'x64', glibc: '2.36' },
  runtime: null,
  devices: [
    { device: 'cpu', name: 'A processor', usable: false },
    { device: 'gpu:0', name: 'A GPU', memoryBytes: 80 * 2 ** 30, usable: false },
  ],
  cores: 2,
  memory: { totalBytes: 2 ** 33, freeBytes: 2 ** 32 },
  cache: { directory: '/cache', freeBytes: 2 ** 30 },
  problems: [{ severity: 'error', code: 'TANDEM_RUNTIME_MISSING', message: 'It is not set up. Run `tandem setup`.' }],
};

it('says what there is, what is missing and what to do', () => {
  expect(diagnosisText(bare).split('\n')).toEqual([
    'Tandem         0.1.0',
    'Node           22.1.0',
    'platform       linux x64, glibc 2.36',
    'TensorFlow.js  4.22.0',
    'TensorFlow     not set up',
    'cpu            A processor (not usable)',
    'gpu:0          A GPU, 80.0 GiB (not usable)',
    'threads        2: the most that the workers of this machine can share',
    'memory         4.0 GiB free of 8.0 GiB',
    'cache          /cache, 1.0 GiB free',
    '',
    'error [TANDEM_RUNTIME_MISSING] It is not set up. Run `tandem setup`.',
    'Training cannot run here yet.',
    '',
  ]);
});
