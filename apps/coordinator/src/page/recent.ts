/** The newest things of a kind, with the sequence numbers that clients are told by what they have. */
export class Recent<T> {
  readonly #most: number;
  #items: { readonly sequence: number; readonly item: T }[] = [];

  constructor(most: number) {
    this.#most = most;
  }

  clear(): void {
    this.#items = [];
  }

  /** Drops a tenth at once, not each time one. */
  add(sequence: number, item: T): void {
    if (this.#items.length >= this.#most) this.#items = this.#items.slice(Math.ceil(this.#most / 10));
    this.#items.push({ sequence, item });
  }

  since(sequence: number): T[] {
    const { length } = this.#items;
    let from = length;
    while (from > 0 && this.#items[from - 1]!.sequence > sequence) from--;
    return this.#items.slice(from).map(({ item }) => item);
  }
}
