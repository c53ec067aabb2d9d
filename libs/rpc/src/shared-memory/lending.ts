/** Chunks by number: those lent to a peer are counted from 0 in the order in which they are sent. */
export interface ChunkNumbers {
  readonly first: number;
  readonly count: number;
}

/** What a peer has been lent and not returned yet. */
export class LentChunks {
  readonly #returned = new Map<number, () => void>();
  #next = 0;

  lend(onReturned: () => void): void {
    this.#returned.set(this.#next++, onReturned);
  }

  /** Throws an Error for a chunk that the peer does not have. */
  takeBack({ first, count }: ChunkNumbers): void {
    if (first + count > this.#next)
      throw new Error(`it returned chunk ${first + count - 1} of ${this.#next} lent to it`);
    for (let number = first; number < first + count; number++) {
      const onReturned = this.#returned.get(number);
      if (onReturned === undefined) throw new Error(`it returned chunk ${number} twice`);
      this.#returned.delete(number);
      onReturned();
    }
  }
}

/** What a peer has lent to this rank. What is released in one turn of the event loop goes back together. */
export class BorrowedChunks {
  readonly #giveBack: (numbers: ChunkNumbers) => void;
  #next = 0;
  #released: number[] = [];

  constructor(giveBack: (numbers: ChunkNumbers) => void) {
    this.#giveBack = giveBack;
  }

  /** For each chunk as it comes: the function that releases it. */
  borrow(): () => void {
    const number = this.#next++;
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      if (this.#released.push(number) === 1) setImmediate(() => this.#flush());
    };
  }

  #flush(): void {
    for (const numbers of runsOf(this.#released.sort((a, b) => a - b))) this.#giveBack(numbers);
    this.#released = [];
  }
}

function runsOf(numbers: readonly number[]): ChunkNumbers[] {
  const runs: { first: number; count: number }[] = [];
  for (const number of numbers) {
    const last = runs.at(-1);
    if (last !== undefined && last.first + last.count === number) last.count++;
    else runs.push({ first: number, count: 1 });
  }
  return runs;
}
