import { execFileSync, spawnSync } from 'node:child_process';
import { main } from './tandem.js';

export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

/** A terminal that nobody sees: tmux's, with a server of its own. */
export class PseudoTerminal {
  static #opened = 0;
  static readonly available = spawnSync('tmux', ['-V']).status === 0;
  readonly #socket: string;

  private constructor(socket: string) {
    this.#socket = socket;
  }

  static open({ columns, rows }: TerminalSize): PseudoTerminal {
    const terminal = new PseudoTerminal(`tandem-test-${process.pid}-${PseudoTerminal.#opened++}`);
    const size = ['-x', String(columns), '-y', String(rows)];
    // An empty configuration, and a shell that says nothing of its own.
    terminal.#tmux('-f', '/dev/null', 'new-session', '-d', ...size, 'PS1= exec sh');
    terminal.#tmux('set-option', 'status', 'off');
    terminal.resize({ columns, rows });
    return terminal;
  }

  /** Starts a `tandem` command; how it ended is shown after it. */
  run(args: readonly string[]): void {
    const command = [process.execPath, main, ...args].map((part) => `'${part}'`).join(' ');
    this.#tmux('send-keys', '-l', `clear; ${command}; echo "ended with $?"`);
    this.#tmux('send-keys', 'Enter');
  }

  press(key: string): void {
    this.#tmux('send-keys', key);
  }

  resize({ columns, rows }: TerminalSize): void {
    this.#tmux('resize-window', '-x', String(columns), '-y', String(rows));
  }

  /** What it shows now. */
  get screen(): string {
    return this.#tmux('capture-pane', '-p');
  }

  close(): void {
    this.#tmux('kill-server');
  }

  #tmux(...args: readonly string[]): string {
    return execFileSync('tmux', ['-u', '-L', this.#socket, ...args], { encoding: 'utf8' });
  }
}
