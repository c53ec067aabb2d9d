/**
 * Adds values that come one after another in the order of the canonical fold (`foldNode` of @tandem/collective), holding
 * as few as possible: like the digits of a binary counter, two sums over the same number of leaves become one.
 */
export class StreamingFold<T> {
  readonly #add: (left: T, right: T) => T;
  readonly #sums: { leaves: number; value: T }[] = [];

  /** `add` may consume its arguments. */
  constructor(add: (left: T, right: T) => T) {
    this.#add = add;
  }

  push(leaf: T): void {
    let sum = { leaves: 1, value: leaf };
    for (let last = this.#sums.at(-1); last?.leaves === sum.leaves; last = this.#sums.at(-1)) {
      this.#sums.pop();
      sum = { leaves: 2 * sum.leaves, value: this.#add(last.value, sum.value) };
    }
    this.#sums.push(sum);
  }

  /** The sum of all leaves since the last `finish`; there must be at least one. */
  finish(): T {
    let { value } = this.#sums.pop()!;
    for (let last = this.#sums.pop(); last !== undefined; last = this.#sums.pop()) value = this.#add(last.value, value);
    return value;
  }

  /** Hands back what has been pushed and not finished, for disposal. */
  drain(): T[] {
    return this.#sums.splice(0).map(({ value }) => value);
  }
}
