import { expect, it } from 'vitest';
import { fuzzCluster } from './fuzz/fuzz-cluster.js';
import { scratchFolder } from './support/scratch.js';

const scratch = scratchFolder();

it('trains on undisturbed while strangers send it whatever they like', async () => {
  const { faults, sent, steps, endings } = await fuzzCluster({ scratch, messages: 150, seed: 20121204 });
  expect(faults).toEqual([]);
  expect(sent).toBe(300);
  expect(steps).toBeGreaterThan(0);
  // Those who know the token are heard, and refused for what they say.
  const count = (ending: string) =>
    [...endings].reduce((sum, [key, times]) => sum + (key.endsWith(ending) ? times : 0), 0);
  expect(count('status 16')).toBeGreaterThan(50);
  expect(count('status 3')).toBeGreaterThan(10);
}, 300_000);
