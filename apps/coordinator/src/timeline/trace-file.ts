import { closeSync, openSync, writeSync } from 'node:fs';
import type { TraceEvent } from './trace-event.js';

const FOOT = '\n]}\n';

/**
 * A file in Chrome's trace format. It is whole JSON after every call, whatever ends the process then: each addition writes
 * over the closing brackets and sets them again, in one write.
 */
export class TraceFile {
  readonly #file: number;
  /** Where the closing brackets are. */
  #end: number;
  #first = true;

  /** Replaces what is there. Throws what the file system says. */
  constructor(path: string, about: Readonly<Record<string, string>>) {
    this.#file = openSync(path, 'w');
    const head = `{"displayTimeUnit":"ms","otherData":${JSON.stringify(about)},"traceEvents":[`;
    this.#end = Buffer.byteLength(head);
    writeSync(this.#file, head + FOOT);
  }

  /** Throws what the file system says. */
  append(events: readonly TraceEvent[]): void {
    if (events.length === 0) return;
    const text = events.map((event) => `\n${JSON.stringify(event)}`).join(',');
    const body = Buffer.from(this.#first ? text : `,${text}`);
    this.#first = false;
    const whole = Buffer.concat([body, Buffer.from(FOOT)]);
    for (let written = 0; written < whole.length;)
      written += writeSync(this.#file, whole, written, whole.length - written, this.#end + written);
    this.#end += body.length;
  }

  close(): void {
    closeSync(this.#file);
  }
}
