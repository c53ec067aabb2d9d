import { type FileHandle, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { StringDecoder } from 'node:string_decoder';
import { type LogLine, parseLogLine } from '@tandem/observability';

const CHUNK_BYTES = 4 * 1024 * 1024;

/** The coordinator's log of all processes: their warnings and milestones. */
const CLUSTER = 'cluster.jsonl';

/** How far a file has been read. */
interface Position {
  bytes: number;
  /** What has come of a line that is not whole yet. */
  torn: string;
  decoder: StringDecoder;
}

/**
 * Reads all logs of a run directory, and what is added to them, by the time of each line. Of a process that has no log of its own
 * there, on another machine, what the coordinator has of it.
 */
export class LogReader {
  readonly #folder: string;
  readonly #wanted: (line: LogLine) => boolean;
  readonly #positions = new Map<string, Position>();
  /** Whose own logs are there. */
  readonly #processes = new Set<string>();

  constructor(runDirectory: string, wanted: (line: LogLine) => boolean) {
    this.#folder = join(runDirectory, 'logs');
    this.#wanted = wanted;
  }

  /** The wanted lines that have come since the last call, in order of time; the first gives all there are. */
  async read(): Promise<LogLine[]> {
    // First: what is in it is in its process's own log by then.
    const cluster: LogLine[] = [];
    await this.#readFile(CLUSTER, (line) => this.#wanted(line) && cluster.push(line));
    const own: LogLine[] = [];
    for (const name of await this.#files())
      await this.#readFile(name, (line) => {
        this.#processes.add(processOf(line));
        if (this.#wanted(line)) own.push(line);
      });
    const lines = [...own, ...cluster.filter((line) => !this.#processes.has(processOf(line)))];
    // Stable: lines of one file and one millisecond stay in their order.
    return lines.sort((a, b) => a.time - b.time);
  }

  async #files(): Promise<string[]> {
    const names = await readdir(this.#folder).catch(() => []);
    return names.filter((name) => name.endsWith('.jsonl') && name !== CLUSTER).sort();
  }

  async #readFile(name: string, take: (line: LogLine) => void): Promise<void> {
    // It may go away between the two.
    const file = await open(join(this.#folder, name)).catch(() => undefined);
    if (file === undefined) return;
    try {
      const { size } = await file.stat();
      let position = this.#positions.get(name);
      // A file that is shorter than it was is another one.
      if (position === undefined || size < position.bytes)
        this.#positions.set(name, (position = { bytes: 0, torn: '', decoder: new StringDecoder('utf8') }));
      await this.#readOn(file, position, take);
    } finally {
      await file.close();
    }
  }

  async #readOn(file: FileHandle, position: Position, take: (line: LogLine) => void): Promise<void> {
    const chunk = Buffer.alloc(CHUNK_BYTES);
    for (;;) {
      const { bytesRead } = await file.read(chunk, 0, chunk.length, position.bytes);
      if (bytesRead === 0) return;
      position.bytes += bytesRead;
      const whole = (position.torn + position.decoder.write(chunk.subarray(0, bytesRead))).split('\n');
      position.torn = whole.pop()!;
      for (const text of whole) {
        const line = parseLogLine(text);
        if (line !== undefined) take(line);
      }
    }
  }
}

/** A name alone may be another process's by and by: where workers come and go, or the run goes on elsewhere. */
function processOf({ name, hostname, pid }: LogLine): string {
  return `${name} ${hostname ?? ''} ${pid ?? ''}`;
}
