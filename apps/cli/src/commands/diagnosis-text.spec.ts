import type { Diagnosis } from '@tandem/runtime';
import { expect, it } from 'vitest';
import { diagnosisText } from './diagnosis-text.js';

const bare: Diagnosis = {
  ok: false,
  versions: { tandem: '0.1.0', node: '22.1.0', tfjs: '4.22.0', tensorflow: null },
  platform: { os: 'linux', arch: 'x64', glibc: '2.36' },
  runtime: null,
  engines: [
    { engine: 'native', usable: false, version: null, networks: 'all' },
    { engine: 'wasm', usable: true, version: '4.22.0', networks: 'small' },
  ],
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
    'engine native  not usable',
    'engine wasm    the small network, others if told to; on one core, several times as slow (4.22.0)',
    'cpu            A processor (not usable)',
    'gpu:0          A GPU, 80.0 GiB (not usable)',
    'threads        2: the most that the workers of this machine can share',
    'memory         4.0 GiB free of 8.0 GiB',
    'cache          /cache, 1.0 GiB free',
    '',
    'error [TANDEM_RUNTIME_MISSING] It is not set up. Run `tandem setup`.',
    'Training of the small network can run here, on WebAssembly; others with --engine wasm, slowly.',
    '',
  ]);
});

it('says where nothing can train, and where everything can', () => {
  const lastOf = (diagnosis: Diagnosis) => diagnosisText(diagnosis).trimEnd().split('\n').at(-1);
  const without = bare.engines.map((engine) => ({ ...engine, usable: false }));
  expect(lastOf({ ...bare, engines: without })).toBe('Training cannot run here yet.');
  const both = bare.engines.map((engine) => ({ ...engine, usable: true, version: '2.21.0' }));
  const whole = { ...bare, ok: true, engines: both };
  expect(lastOf(whole)).toBe('Training can run here.');
  expect(diagnosisText(whole)).toContain('engine native  every network (2.21.0)');
});
