/** ANSI foregrounds that are legible on dark and on light: cyan, yellow, green, magenta, blue, red. */
const COLOURS = [36, 33, 32, 35, 34, 31];

/** `worker-1 | ` before a line, as wide for all workers, in the worker's own colour where the terminal has any. */
export class WorkerPrefix {
  readonly #width: number;
  readonly #hasColours: boolean;

  constructor(workers: number, hasColours: boolean) {
    this.#width = `worker-${workers - 1}`.length;
    this.#hasColours = hasColours;
  }

  before(worker: string, line: string): string {
    const name = worker.padEnd(this.#width);
    const colour = COLOURS[Number(/\d+$/.exec(worker)?.[0] ?? 0) % COLOURS.length];
    return `${this.#hasColours ? `\u001b[${colour}m${name} |\u001b[39m` : `${name} |`} ${line}`;
  }
}
