import type { SetupProgress } from '@tandem/runtime';

/** The part of a stream that is used. */
export interface ProgressStream {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  write(text: string): unknown;
}

const STEP = 10;

/** Shows a set-up's progress: one line that is rewritten on a terminal, a line per tenth of a phase elsewhere. */
export class SetupProgressLine {
  readonly #stream: ProgressStream;
  #shown = '';

  constructor(stream: ProgressStream) {
    this.#stream = stream;
  }

  show(progress: SetupProgress): void {
    const terminal = this.#stream.isTTY === true;
    const text = progressText(progress, terminal ? 1 : STEP);
    if (text === this.#shown) return;
    this.#shown = text;
    this.#stream.write(terminal ? `\r\x1b[K${text.slice(0, (this.#stream.columns ?? 80) - 1)}` : `${text}\n`);
  }

  /** Clears the line on a terminal. */
  end(): void {
    if (this.#stream.isTTY === true && this.#shown !== '') this.#stream.write('\r\x1b[K');
    this.#shown = '';
  }
}

/** "downloading tensorflow-cpu 2.21.0: 40 % of 274 MB", the percentage rounded down to `step`. */
export function progressText(progress: SetupProgress, step: number): string {
  const { message, bytes, totalBytes } = progress;
  if (bytes === undefined || totalBytes === undefined || totalBytes === 0) return message;
  const percent = Math.floor((100 * bytes) / totalBytes / step) * step;
  return `${message}: ${percent} % of ${Math.round(totalBytes / 1e6)} MB`;
}
