import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { lineOf, type LogEntry } from '@tandem/observability';

/** What is held for those who watch. */
export const CLUSTER_LOG_ENTRIES = 1_000;

export interface ClusterLogOptions {
  /** Gets every entry as a line of JSON, as a process's own log has them; continued where it is there. */
  readonly file: string;
  /** The file cannot be written, or can again: then with the number of entries that it lacks. */
  readonly onFault?: (fault: Error | undefined, missing: number) => void;
}

/** One log of the whole cluster: the coordinator's own lines and what workers forward. What its disk cannot take is counted. */
export class ClusterLog {
  readonly #options: ClusterLogOptions;
  readonly #listeners = new Set<(entry: LogEntry) => void>();
  readonly #entries: LogEntry[] = [];
  #file: number | undefined;
  #closed = false;
  /** Entries that are not in the file since it could not be written. */
  #missing = 0;

  constructor(options: ClusterLogOptions) {
    this.#options = options;
  }

  /** The newest CLUSTER_LOG_ENTRIES, oldest first. */
  get entries(): readonly LogEntry[] {
    return this.#entries;
  }

  /** `hear` gets every entry from now on, and must not throw. Returns what ends it. */
  subscribe(hear: (entry: LogEntry) => void): () => void {
    this.#listeners.add(hear);
    return () => this.#listeners.delete(hear);
  }

  add(entry: LogEntry): void {
    this.#entries.push(entry);
    if (this.#entries.length > CLUSTER_LOG_ENTRIES) this.#entries.shift();
    this.#write(entry);
    for (const hear of this.#listeners) hear(entry);
  }

  /** Idempotent. Entries that come later are heard of, and not written. */
  close(): void {
    this.#closed = true;
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }

  #write(entry: LogEntry): void {
    if (this.#closed) return;
    const { file, onFault } = this.#options;
    const missing = this.#missing;
    try {
      this.#file ??= open(file);
      // The line that a full disk took a part of ends here, and counts as missing.
      const line = `${missing > 0 ? '\n' : ''}${JSON.stringify(lineOf(entry))}\n`;
      const bytes = Buffer.byteLength(line);
      const written = writeSync(this.#file, line);
      if (written < bytes) throw new Error(`${written} of ${bytes} bytes could be written`);
      this.#missing = 0;
    } catch (error) {
      this.#missing = missing + 1;
      // What this says comes here again, and finds it told.
      if (missing === 0) onFault?.(error as Error, 1);
      return;
    }
    if (missing > 0) onFault?.(undefined, missing);
  }
}

function open(file: string): number {
  mkdirSync(dirname(file), { recursive: true });
  return openSync(file, 'a');
}
