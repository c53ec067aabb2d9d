import { mkdtempSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { faultPoint } from './fault-injection.js';

function actions(setting: string): { at: ReturnType<typeof faultPoint>; sent: string[] } {
  const sent: string[] = [];
  return { at: faultPoint('worker-1', setting, (action) => sent.push(action)), sent };
}

it('is inert where nothing is set, and for others', () => {
  for (const setting of ['', 'worker-2:data@3=kill']) {
    const { at, sent } = actions(setting);
    at('data', 3);
    expect(sent).toEqual([]);
  }
});

it('hits the process once, in this phase of this step', () => {
  const { at, sent } = actions('worker-1:reduce-scatter@12=kill, worker-1:state-transfer@0=stop');
  at('all-gather', 12);
  at('reduce-scatter', 11);
  expect(sent).toEqual([]);
  at('reduce-scatter', 12);
  at('reduce-scatter', 12);
  at('state-transfer', 0);
  expect(sent).toEqual(['kill', 'stop']);
});

it('hits it in any step where none is said', () => {
  const { at, sent } = actions('worker-1:state-transfer@*=stop');
  for (const step of [7, 8]) at('state-transfer', step);
  expect(sent).toEqual(['stop']);
});

it('holds the thread that comes there until its file is there', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tandem-hold-'));
  vi.stubEnv('TANDEM_FAULT_RELEASE', folder);
  try {
    const at = faultPoint('worker-1', 'worker-1:data@3=hold');
    // This thread is the one that waits: the file comes from the pool.
    const released = writeFile(join(folder, 'worker-1-3'), '');
    at('data', 3);
    await released;
    at('data', 3);
  } finally {
    vi.unstubAllEnvs();
    rmSync(folder, { recursive: true });
  }
});

it('leaves faults of the data to the data', () => {
  const { at, sent } = actions('worker-1:data@3=nan-sample:5,worker-1:data@3=kill');
  at('data', 3);
  at('data', 3);
  expect(sent).toEqual(['kill']);
});
