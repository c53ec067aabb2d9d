import { createLogUpdate } from 'log-update';

/** What of a terminal's stream is used: process.stdout, or a twin in tests. */
export type TerminalStream = Pick<NodeJS.WriteStream, 'write'> &
  Partial<Pick<NodeJS.WriteStream, 'isTTY' | 'columns' | 'hasColors' | 'on'>>;

/** Who cannot take what is shown must not end a run: the disk, where output goes to a file, or a pipe's reader that is gone. */
const harmless = ['ENOSPC', 'EDQUOT', 'EIO', 'EROFS', 'EPIPE'];

/**
 * Lines that stay and, on a TTY, one line of progress below them that is drawn over. Everything that a process shows goes
 * through one Terminal, so that neither tramples the other.
 */
export class Terminal {
  readonly isTTY: boolean;
  readonly hasColours: boolean;
  readonly #stream: TerminalStream;
  readonly #draw: ReturnType<typeof createLogUpdate> | undefined;
  #progress = '';

  constructor(stream: TerminalStream = process.stdout) {
    this.#stream = stream;
    this.isTTY = stream.isTTY === true;
    this.hasColours = this.isTTY && (stream.hasColors?.() ?? false);
    this.#draw = this.isTTY ? createLogUpdate(stream as NodeJS.WriteStream) : undefined;
    stream.on?.('error', throwUnlessHarmless);
  }

  get columns(): number {
    return this.#stream.columns ?? 80;
  }

  /** Writes text that stays; a line end is added where it lacks one. */
  writeLine(text: string): void {
    if (this.#progress !== '') this.#draw?.clear();
    try {
      this.#stream.write(text.endsWith('\n') ? text : `${text}\n`);
    } catch (error) {
      throwUnlessHarmless(error as Error);
    }
    if (this.#progress !== '') this.#draw?.(this.#progress);
  }

  /** Draws the line of progress, on a TTY only; an empty text takes it away. */
  showProgress(text: string): void {
    if (this.#draw === undefined) return;
    this.#progress = text.slice(0, Math.max(0, this.columns - 1));
    if (this.#progress === '') this.#draw.clear();
    else this.#draw(this.#progress);
  }

  /** Takes the line of progress away and gives the cursor back. */
  close(): void {
    if (this.#draw === undefined) return;
    this.#progress = '';
    this.#draw.clear();
    this.#draw.done();
  }
}

function throwUnlessHarmless(error: Error): void {
  if (!harmless.includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
}
