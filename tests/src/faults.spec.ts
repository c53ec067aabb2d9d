import { beforeAll, describe, expect, it } from 'vitest';
import { type Cell, nameOf } from '../faults/cells.js';
import { STEPS } from '../faults/plan.js';
import { makeReference, type Reference } from '../faults/reference.js';
import { runCell } from '../faults/run-cell.js';
import { scratchFolder } from './support/scratch.js';

const scratch = scratchFolder();
let reference: Reference;

beforeAll(async () => {
  reference = await makeReference(scratch, STEPS);
});

// Four of the cells of `npm run test:faults`, which has them all: a death in mid-exchange, of who gives a state, of the coordinator, a hang.
const CELLS: readonly Cell[] = [
  { fault: 'kill', phase: 'reduce-scatter', target: 'rank-0' },
  { fault: 'kill', phase: 'state-transfer', target: 'rank-0' },
  { fault: 'kill', phase: 'update', target: 'coordinator' },
  { fault: 'stop', phase: 'update', target: 'other' },
];

describe('a run of three workers', () => {
  it.each(CELLS.map((cell) => ({ name: nameOf(cell), cell })))(
    'ends as one to which nothing happened after: $name',
    async ({ cell }) => {
      const { faults, recoveryMs } = await runCell(cell, reference, scratch);
      expect(faults).toEqual([]);
      expect(recoveryMs).toBeGreaterThan(0);
    },
  );
});
