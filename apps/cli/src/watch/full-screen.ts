import type { ReadStream, WriteStream } from 'node:tty';
import {
  beginSynchronizedOutput,
  cursorHide,
  cursorShow,
  cursorTo,
  endSynchronizedOutput,
  enterAlternativeScreen,
  eraseDown,
  eraseEndLine,
  exitAlternativeScreen,
} from 'ansi-escapes';
import type { ScreenSize } from './status-screen.js';

/** What of process.stdout and process.stdin is used, or of their twins in tests. */
export type ScreenOutput = Pick<WriteStream, 'write' | 'on' | 'off'> & Partial<Pick<WriteStream, 'columns' | 'rows'>>;
export type ScreenInput = Pick<ReadStream, 'on' | 'off' | 'pause' | 'resume'> &
  Partial<Pick<ReadStream, 'isTTY' | 'setRawMode'>>;

export interface FullScreenOptions {
  readonly output?: ScreenOutput;
  readonly input?: ScreenInput;
  /** A key was pressed: a character, or an escape sequence. */
  readonly onKey: (key: string) => void;
  readonly onResize: () => void;
}

/**
 * The terminal's other screen, drawn over line by line. What was on the terminal before is back when it is closed, or when the
 * process ends in any way that Node hears of.
 */
export class FullScreen {
  readonly #output: ScreenOutput;
  readonly #input: ScreenInput;
  readonly #onKey: (bytes: Buffer) => void;
  readonly #onResize: () => void;
  readonly #restore = () => this.close();
  #open = true;

  constructor({ output = process.stdout, input = process.stdin, onKey, onResize }: FullScreenOptions) {
    this.#output = output;
    this.#input = input;
    this.#onKey = (bytes) => {
      for (const key of keysOf(bytes.toString('utf8'))) onKey(key);
    };
    this.#onResize = onResize;
    process.once('exit', this.#restore);
    output.on('resize', onResize);
    output.write(enterAlternativeScreen + cursorHide);
    if (input.isTTY === true) {
      input.setRawMode?.(true);
      input.on('data', this.#onKey);
      input.resume();
    }
  }

  get size(): ScreenSize {
    return { columns: this.#output.columns ?? 80, rows: this.#output.rows ?? 24 };
  }

  /** Lines that fit. */
  draw(lines: readonly string[]): void {
    if (!this.#open) return;
    const text = lines.map((line, row) => `${cursorTo(0, row)}${eraseEndLine}${line}`).join('');
    const below = lines.length < this.size.rows ? `${cursorTo(0, lines.length)}${eraseDown}` : '';
    this.#output.write(beginSynchronizedOutput + text + below + endSynchronizedOutput);
  }

  /** Idempotent. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    process.off('exit', this.#restore);
    this.#output.off('resize', this.#onResize);
    this.#output.write(cursorShow + exitAlternativeScreen);
    if (this.#input.isTTY !== true) return;
    this.#input.off('data', this.#onKey);
    this.#input.setRawMode?.(false);
    // Else it would keep the process.
    this.#input.pause();
  }
}

/** Several may come at once. */
function keysOf(text: string): string[] {
  // eslint-disable-next-line no-control-regex
  return text.match(/\u001b\[[0-9;]*[A-Za-z~]|[^]/gu) ?? [];
}
