import { expect, it } from 'vitest';
import { statusText } from './status-text.js';

it('shows the run and its workers', () => {
  const member = { host: 'h', address: '10.0.0.1:4000', step: 7, phase: 'compute', heartbeatAgeMs: 120, device: 'cpu' };
  const text = statusText({
    runId: 'r1',
    state: 'training',
    generation: 1,
    step: 7,
    totalSteps: 20,
    epoch: 1,
    loss: 0.69312,
    imagesPerSecond: 153.2,
    members: [
      { ...member, rank: 0, name: 'worker-0' },
      { ...member, rank: 1, name: 'w' },
    ],
    detail: null,
  });
  expect(text.split('\n')).toEqual([
    'run r1: training · generation 1 · step 7/20 · epoch 1 · loss 0.6931 · 153 images/s',
    'rank  name      host  address        device  step  phase    heard',
    '0     worker-0  h     10.0.0.1:4000  cpu     7     compute  0.1 s ago',
    '1     w         h     10.0.0.1:4000  cpu     7     compute  0.1 s ago',
  ]);
});
