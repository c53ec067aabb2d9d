/** What is to be drawn, one piece a frame: the page answers keys and pointers in between, however much there is to draw. */
export class Frames {
  readonly #waiting = new Set<() => void>();
  #asked = false;

  /** Once, however often it is asked for before its turn. */
  draw(piece: () => void): void {
    this.#waiting.add(piece);
    this.#ask();
  }

  #ask(): void {
    if (this.#asked) return;
    this.#asked = true;
    requestAnimationFrame(() => {
      this.#asked = false;
      const [piece] = this.#waiting;
      if (piece === undefined) return;
      this.#waiting.delete(piece);
      piece();
      if (this.#waiting.size > 0) this.#ask();
    });
  }
}
