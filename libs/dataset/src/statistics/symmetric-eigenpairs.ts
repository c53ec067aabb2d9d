export interface Eigenpair {
  readonly value: number;
  /** Of length 1; its largest component is positive. */
  readonly vector: readonly number[];
}

const MAX_SWEEPS = 60;

/**
 * The eigenpairs of a small symmetric matrix, greatest value first, by Jacobi's cyclic method (Golub and Van Loan, "Matrix
 * Computations", 8.5). Only additions, multiplications, divisions and square roots in a fixed order, which IEEE 754 rounds the
 * same on every machine.
 */
export function symmetricEigenpairs(matrix: readonly (readonly number[])[]): Eigenpair[] {
  const size = matrix.length;
  const a = matrix.map((row) => [...row]);
  const v = a.map((_, row) => a.map((_, column) => (row === column ? 1 : 0)));
  for (let sweep = 0; sweep < MAX_SWEEPS && !isDiagonal(a); sweep++)
    for (let p = 0; p < size; p++) for (let q = p + 1; q < size; q++) if (a[p]![q] !== 0) rotate(a, v, p, q);
  return a
    .map((row, index) => ({ value: row[index]!, vector: oriented(v.map((components) => components[index]!)) }))
    .sort((one, other) => other.value - one.value);
}

/** Whether what is off the diagonal is too small to change what is on it. */
function isDiagonal(a: readonly (readonly number[])[]): boolean {
  return a.every((row, p) =>
    row.every((value, q) => p === q || Math.abs(a[p]![p]!) + Math.abs(value) / 1024 === Math.abs(a[p]![p]!)),
  );
}

/** One rotation in the plane of axes p and q that makes a[p][q] zero; `v` gathers the rotations. */
function rotate(a: number[][], v: number[][], p: number, q: number): void {
  const theta = (a[q]![q]! - a[p]![p]!) / (2 * a[p]![q]!);
  const t = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
  const c = 1 / Math.sqrt(t * t + 1);
  const s = t * c;
  const turn = (x: number, y: number): [number, number] => [c * x - s * y, s * x + c * y];
  for (const row of [...a, ...v]) [row[p], row[q]] = turn(row[p]!, row[q]!);
  for (let column = 0; column < a.length; column++)
    [a[p]![column], a[q]![column]] = turn(a[p]![column]!, a[q]![column]!);
  a[p]![q] = 0;
  a[q]![p] = 0;
}

function oriented(vector: readonly number[]): number[] {
  const largest = vector.reduce((most, value) => (Math.abs(value) > Math.abs(most) ? value : most), 0);
  return vector.map((value) => (largest < 0 ? -value : value));
}
