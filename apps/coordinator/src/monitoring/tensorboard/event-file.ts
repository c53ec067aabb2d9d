import { closeSync, ftruncateSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { encodeEvent, FILE_VERSION, type TensorBoardEvent } from './event.js';
import { tfRecord } from './record.js';

/** A new file of events in a folder, whole after every call: an event is in it when `append` returns, or not at all. */
export class EventFile {
  static #made = 0;
  readonly path: string;
  readonly #file: number;
  #bytes = 0;

  /** Throws what the file system says. */
  constructor(folder: string) {
    mkdirSync(folder, { recursive: true });
    const wallTime = Date.now() / 1000;
    // Readers take the files of a folder in the order of their names.
    const order = [String(Math.floor(wallTime)).padStart(10, '0'), hostname(), process.pid, EventFile.#made++];
    this.path = join(folder, `events.out.tfevents.${order.join('.')}`);
    this.#file = openSync(this.path, 'wx');
    this.append({ wallTime, step: 0, fileVersion: FILE_VERSION });
  }

  /** Throws what the file system says, and leaves the file as it was. */
  append(event: TensorBoardEvent): void {
    const record = tfRecord(encodeEvent(event));
    try {
      for (let at = 0; at < record.length;) at += writeSync(this.#file, record, at, undefined, this.#bytes + at);
    } catch (error) {
      ftruncateSync(this.#file, this.#bytes);
      throw error;
    }
    this.#bytes += record.length;
  }

  close(): void {
    closeSync(this.#file);
  }
}
