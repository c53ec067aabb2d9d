import { describe, expect, it } from 'vitest';
import type { Answers } from '../parity/src/answers.js';
import { CURVE_LIMIT, TENSOR_LIMIT } from '../parity/src/compare.js';
import { entriesOf, type Excerpt, readGolden } from '../parity/src/golden.js';
import { curveError, largest, norm, relativeError } from '../parity/src/relative-error.js';
import { Subject } from '../parity/src/subject.js';
import { peers, type Variant, variants } from '../parity/src/variants.js';

// `npm run parity -- --write-golden` makes the golden files, from the frameworks themselves.

async function answersOf(variant: Variant): Promise<Answers> {
  const subject = new Subject(variant);
  try {
    return await subject.answers();
  } finally {
    subject.dispose();
  }
}

function expectAgreement(
  ours: ReadonlyMap<string, Float32Array>,
  theirs: Readonly<Record<string, Excerpt>>,
  { limit, goldenEntries }: { limit: number; goldenEntries: number },
): void {
  expect([...ours.keys()].toSorted()).toEqual(Object.keys(theirs).toSorted());
  for (const [name, values] of ours) {
    const excerpt = theirs[name]!;
    expect(values.length, name).toBe(excerpt.elements);
    expect(relativeError(entriesOf(values, goldenEntries), excerpt.entries, excerpt.largest), name).toBeLessThan(limit);
    expect(Math.abs(norm(values) / excerpt.norm - 1), `norm of ${name}`).toBeLessThan(limit);
    expect(Math.abs(largest(values) / excerpt.largest - 1), `largest of ${name}`).toBeLessThan(limit);
  }
}

describe.each(variants)('$name, against what PyTorch and Keras said', (variant) => {
  const answers = answersOf(variant);

  it.each(peers)('agrees with %s: logits, every gradient, ten steps with a drop of the rate', async (peer) => {
    const ours = await answers;
    const golden = readGolden(variant, peer);
    const { goldenEntries } = variant;
    expect(golden.seed, 'the seed that the golden file was made with').toBe(variant.seed);
    expect(relativeError(ours.logits, golden.logits)).toBeLessThan(TENSOR_LIMIT);
    expectAgreement(ours.gradients, golden.gradients, { limit: TENSOR_LIMIT, goldenEntries });
    expect(curveError(ours.losses, golden.losses)).toBeLessThan(CURVE_LIMIT);
    expectAgreement(ours.state, golden.state, { limit: CURVE_LIMIT, goldenEntries });
  });
});
