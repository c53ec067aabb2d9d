import { closeSync, openSync, readSync, statSync } from 'node:fs';

/** What is shown is at most so old. */
const LOOK_EVERY_MS = 200;
const PIECE_BYTES = 64 * 1024;

export interface OutputTailOptions {
  readonly file: string;
  /** Hears of every whole line that is added from now on. */
  readonly onLine: (line: string) => void;
}

/**
 * Follows a file that a process prints to. Workers print to files and not to pipes, so that a terminal that is slow, or gone,
 * holds up none of them.
 */
export class OutputTail {
  readonly #options: OutputTailOptions;
  readonly #file: number;
  readonly #timer: NodeJS.Timeout;
  readonly #decoder = new TextDecoder();
  readonly #piece = Buffer.alloc(PIECE_BYTES);
  #offset: number;
  #rest = '';

  /** The file must be there. */
  constructor(options: OutputTailOptions) {
    this.#options = options;
    this.#offset = statSync(options.file).size;
    this.#file = openSync(options.file, 'r');
    this.#timer = setInterval(() => this.#look(), LOOK_EVERY_MS).unref();
  }

  /** Tells of what there is, a last line without an end too. */
  close(): void {
    clearInterval(this.#timer);
    this.#look();
    if (this.#rest !== '') this.#options.onLine(this.#rest);
    this.#rest = '';
    closeSync(this.#file);
  }

  #look(): void {
    for (;;) {
      const count = readSync(this.#file, this.#piece, 0, PIECE_BYTES, this.#offset);
      if (count === 0) return;
      this.#offset += count;
      const lines = (this.#rest + this.#decoder.decode(this.#piece.subarray(0, count), { stream: true })).split('\n');
      this.#rest = lines.pop()!;
      for (const line of lines) this.#options.onLine(line);
    }
  }
}
