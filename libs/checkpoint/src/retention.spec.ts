import { describe, expect, it } from 'vitest';
import { bestSteps, stepsToRemove } from './retention.js';

const errors = new Map([
  [10, 0.5],
  [20, 0.25],
  [30, 0.4],
  [40, 0.25],
  [50, NaN],
]);

describe('stepsToRemove', () => {
  it.each([
    [{ keep: 1, keepBest: 0 }, [10, 20, 30, 40, 50]],
    [{ keep: 2, keepBest: 0 }, [10, 20, 30, 40]],
    [{ keep: 1, keepBest: 1 }, [10, 30, 40, 50]],
    [{ keep: 1, keepBest: 2 }, [10, 30, 50]],
    [{ keep: 3, keepBest: 3 }, [10]],
    [{ keep: 9, keepBest: 1 }, []],
  ])('keeps step 0, the newest and the best: %o', (retention, removed) => {
    expect(stepsToRemove([0, 10, 20, 30, 40, 50, 60], { ...retention, errors })).toEqual(removed);
  });
});

describe('bestSteps', () => {
  it('takes the earlier of equals and nothing that was not evaluated', () => {
    expect(bestSteps([20, 40, 50, 60], { keepBest: 1, errors })).toEqual([20]);
    expect(bestSteps([50, 60], { keepBest: 2, errors })).toEqual([]);
  });
});
