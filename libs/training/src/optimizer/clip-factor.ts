/**
 * What gradients are multiplied by so that their common norm is at most `clipNorm`: Pascanu, Mikolov and Bengio (2013),
 * algorithm 1.
 *
 * @param squareSums of each parameter's gradient, in an order that is the same on every rank
 */
export function clipFactor(clipNorm: number, squareSums: readonly number[]): number {
  const norm = Math.sqrt(squareSums.reduce((sum, squares) => sum + squares, 0));
  return norm > clipNorm ? clipNorm / norm : 1;
}
