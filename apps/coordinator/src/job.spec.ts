import { parseConfig } from '@tandem/core/config';
import { describe, expect, it, vi } from 'vitest';
import type { GenerationRecord } from './generation-record.js';
import { Job, type TrainingBasis } from './job.js';
import type { Member } from './membership/member.js';
import type { ResumePoint } from './run-directory.js';
import type { Training } from './training/training.js';

const config = parseConfig('model: { name: small }\ndata: { format: idx, train: train, eval: eval }');
const recorded = { ...config, training: { ...config.training, microBatches: 6 } };
const record: GenerationRecord = {
  ...{ runId: 'run-before', address: '127.0.0.1:1', generation: 4, members: ['worker-0'], config: recorded },
};
const first = { name: 'worker-0' } as Member;

function job(about: { readonly resume?: ResumePoint; readonly record?: GenerationRecord } = {}) {
  const training = { step: 7, adopt: vi.fn(), close: vi.fn(() => Promise.resolve()) };
  const opened: TrainingBasis[] = [];
  const made = new Job({
    ...{ config, resume: about.resume, record: about.record },
    openTraining: (basis) => {
      opened.push(basis);
      return training as unknown as Training;
    },
  });
  return { job: made, training, opened };
}

describe('Job', () => {
  it('begins with what the first members have settled', () => {
    const { job: begun, opened } = job();
    expect(begun).toMatchObject({ training: undefined, step: 0 });
    begun.settle(recorded);
    begun.begin(first);
    expect(opened).toEqual([{ runId: begun.id, config: recorded, first, goesOn: false }]);
    expect(begun.step).toBe(7);
  });

  it('stands where its checkpoint is until it trains', () => {
    const { job: resumed } = job({ resume: { step: 5 } as ResumePoint });
    expect(resumed).toMatchObject({ startStep: 5, step: 5 });
    resumed.begin(first);
    expect(resumed).toMatchObject({ startStep: 5, step: 7 });
  });

  it('goes on as the run before, with what was fixed in it', () => {
    const { job: same, training, opened } = job({ record });
    expect(same).toMatchObject({ id: 'run-before', config });
    same.goOn(first, record);
    expect(opened).toMatchObject([{ runId: 'run-before', config: { training: { microBatches: 6 } }, goesOn: true }]);
    expect(training.adopt).toHaveBeenCalledWith(4, []);
  });

  it('is another run when nobody is left of the one before', () => {
    const { job: other, training } = job({ record });
    other.goOn(first, record);
    other.beginAnew();
    expect(training.close).toHaveBeenCalledOnce();
    expect(other.training).toBeUndefined();
    expect(other.id).not.toBe('run-before');
  });
});
