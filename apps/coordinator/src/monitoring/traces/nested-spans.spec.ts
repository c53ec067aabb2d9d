import { describe, expect, it } from 'vitest';
import { nestSpans } from './nested-spans.js';

const span = (name: string, startUs: number, endUs: number) => ({ name, startUs, endUs });

/** As "name in name". */
function nesting(ended: ReturnType<typeof span>[]): string[] {
  const nested = nestSpans(ended);
  return nested.map(({ span: { name }, parent }) => `${name} in ${nested[parent]?.span.name ?? 'nothing'}`);
}

describe('nestSpans', () => {
  it('gives each span the innermost one around it, outer ones first', () => {
    expect(
      nesting([
        span('data', 0, 5),
        span('conv1 forward', 6, 8),
        span('conv1 backward', 8, 12),
        span('compute', 5, 13),
        span('wait', 14, 15),
        span('exchange', 13, 15),
      ]),
    ).toEqual([
      'data in nothing',
      'compute in nothing',
      'conv1 forward in compute',
      'conv1 backward in compute',
      'exchange in nothing',
      'wait in exchange',
    ]);
  });

  it('takes the one that ended later for the outer one where both have the same times', () => {
    expect(nesting([span('inner', 2, 4), span('outer', 2, 4), span('after', 4, 4)])).toEqual([
      'outer in nothing',
      'inner in outer',
      'after in inner',
    ]);
  });

  it('has nothing to say of nothing', () => {
    expect(nestSpans([])).toEqual([]);
  });
});
