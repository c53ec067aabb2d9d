/**
 * The parametric ReLU of He et al. 2015 (arXiv 1502.01852): y = x where x is positive, else a·x, with one a a channel that is
 * learned. Written as y = relu(x) − a·relu(−x).
 *
 * @implements {import('@tandem/model').Layer}
 */
export class Prelu {
  description = { kind: 'own' };
  #toolkit;

  constructor(toolkit, name, input, slope) {
    this.#toolkit = toolkit;
    this.name = name;
    this.outputShape = input;
    this.parameters = [{ name: `${name}/slope`, shape: [input.at(-1)], initialiser: toolkit.constant(slope) }];
  }

  forward(x, { operations, weights: [slope] }) {
    const positive = operations.relu(x);
    const negative = negativePart(operations, x);
    const bent = operations.multiply(negative, slope);
    const output = difference(operations, positive, bent);
    for (const tensor of [positive, negative, bent]) tensor.dispose();
    return { output, saved: [] };
  }

  backward(dy, { operations, weights: [slope], input: x, placement, needsInputGradient, emit }) {
    const negative = negativePart(operations, x);
    // ∂y ⁄ ∂a = −relu(−x), summed over rows, height and width: one micro-batch at a time, so that the bits do not depend on
    // which worker has it.
    const perValue = operations.multiply(dy, negative);
    this.#toolkit.forEachSegment(operations, placement.segments, [perValue], (segment, values) => {
      const sum = operations.biasGradient(values);
      emit(0, segment, operations.scale(sum, -1));
      sum.dispose();
    });
    perValue.dispose();
    const dx = needsInputGradient ? inputGradient(operations, dy, x, negative, slope) : undefined;
    negative.dispose();
    return dx;
  }
}

/** dy where x is positive, a·dy where it is negative. The caller disposes what it gets. */
function inputGradient(operations, dy, x, negative, slope) {
  const wherePositive = operations.reluGradient(dy, x);
  const whereNegative = operations.reluGradient(dy, negative);
  const bent = operations.multiply(whereNegative, slope);
  const dx = operations.add(wherePositive, bent);
  for (const tensor of [wherePositive, whereNegative, bent]) tensor.dispose();
  return dx;
}

/** relu(−x). */
function negativePart(operations, x) {
  const opposite = operations.scale(x, -1);
  const part = operations.relu(opposite);
  opposite.dispose();
  return part;
}

function difference(operations, a, b) {
  const opposite = operations.scale(b, -1);
  const result = operations.add(a, opposite);
  opposite.dispose();
  return result;
}
