import { describe, expect, it } from 'vitest';
import { Progress } from './progress.js';

describe('Progress', () => {
  it('has nothing before it has begun', () => {
    expect(new Progress().standing(3)).toMatchObject({ generation: 3, trained: false, step: 0 });
  });

  it('counts an evaluation when a step has gone by it', () => {
    const progress = new Progress();
    progress.began(12, [9], 6);
    progress.evaluated(12);
    expect(progress.standing(2)).toMatchObject({ trained: true, step: 12, evaluationErrors: [9], lastEvaluation: 6 });
    progress.committed(13, [9, 4]);
    expect(progress.standing(2)).toMatchObject({ step: 13, evaluationErrors: [9, 4], lastEvaluation: 12 });
  });

  it('forgets an evaluation that was lost with its generation', () => {
    const progress = new Progress();
    progress.evaluated(12);
    progress.began(12, [9], 6);
    progress.committed(13, [9]);
    expect(progress.standing(2)).toMatchObject({ step: 13, evaluationErrors: [9], lastEvaluation: 6 });
  });
});
