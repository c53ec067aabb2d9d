import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FileSystem } from '../files/file-system.js';

/** What is there after a crash. */
export type Crash =
  /** The process was killed: the system goes on and has everything it was given. */
  | 'killed'
  /** The power was cut: only what was synced is there. */
  | 'power cut'
  /** The power was cut after the names were written and before the bytes of what was not synced: files are empty. */
  | 'power cut, names first';

interface File {
  bytes: Buffer;
  synced: Buffer;
}

interface Directory {
  readonly entries: Map<string, Node>;
  synced: ReadonlyMap<string, Node>;
}

type Node = File | Directory;

/** Thrown by the operation that a crash comes in, and by all after it: the process is no more. */
export class Crashed extends Error {}

/**
 * A file system in memory that forgets what was not synced, and crashes or fails at a given operation: the twin of
 * `nodeFileSystem` for tests. A write that it crashes in has written half.
 */
export class VolatileFileSystem implements FileSystem {
  /** Operations that changed something, so far. */
  operations = 0;
  readonly #root = directory();
  #crashAt = Infinity;
  #failures = new Map<number, NodeJS.ErrnoException>();

  /** Crashes in the operation of this number, counted from 1. */
  crashIn(operation: number): void {
    this.#crashAt = operation;
  }

  /** The operation of this number fails, and those after it do not. */
  failIn(operation: number, code: string): void {
    this.#failures.set(operation, Object.assign(new Error(`${code}: as a test wants it`), { code }));
  }

  names(path: string): Promise<string[]> {
    const found = this.#find(path);
    return Promise.resolve(found === undefined || !isDirectory(found) ? [] : [...found.entries.keys()]);
  }

  async makeDirectory(path: string): Promise<void> {
    await this.#operation(() => {
      let current = this.#root;
      for (const name of parts(path)) {
        const next = current.entries.get(name) ?? directory();
        current.entries.set(name, next);
        if (!isDirectory(next)) throw missing('ENOTDIR', path);
        current = next;
      }
    });
  }

  async create(path: string) {
    const file: File = { bytes: Buffer.alloc(0), synced: Buffer.alloc(0) };
    await this.#operation(() => {
      const [parent, name] = this.#place(path);
      if (parent.entries.has(name)) throw missing('EEXIST', path);
      parent.entries.set(name, file);
    });
    return {
      write: (bytes: Uint8Array) => {
        const append = (some: Uint8Array) => {
          file.bytes = Buffer.concat([file.bytes, some]);
        };
        return this.#operation(
          () => append(bytes),
          () => append(bytes.subarray(0, bytes.byteLength >> 1)),
        );
      },
      sync: () =>
        this.#operation(() => {
          file.synced = file.bytes;
        }),
      close: () => Promise.resolve(),
    };
  }

  async rename(from: string, to: string): Promise<void> {
    await this.#operation(() => {
      const [source, name] = this.#place(from);
      const [target, newName] = this.#place(to);
      const node = source.entries.get(name);
      if (node === undefined) throw missing('ENOENT', from);
      const there = target.entries.get(newName);
      if (there !== undefined && isDirectory(there) && there.entries.size > 0) throw missing('ENOTEMPTY', to);
      source.entries.delete(name);
      target.entries.set(newName, node);
    });
  }

  async remove(path: string): Promise<void> {
    const found = this.#find(path);
    if (found === undefined) return;
    if (isDirectory(found)) for (const name of [...found.entries.keys()]) await this.remove(join(path, name));
    await this.#operation(() => {
      const [parent, name] = this.#place(path);
      parent.entries.delete(name);
    });
  }

  async syncDirectory(path: string): Promise<void> {
    await this.#operation(() => {
      const found = this.#find(path);
      if (found === undefined || !isDirectory(found)) throw missing('ENOENT', path);
      found.synced = new Map(found.entries);
    });
  }

  /** Lays out in a real folder what is there after the crash. */
  async layOut(target: string, crash: Crash, path = '/'): Promise<void> {
    const found = path === '/' ? this.#root : this.#find(path);
    if (found !== undefined) await this.#layOut(found, target, crash);
  }

  async #layOut(node: Node, target: string, crash: Crash): Promise<void> {
    if (!isDirectory(node)) return writeFile(target, crash === 'killed' ? node.bytes : node.synced);
    await mkdir(target, { recursive: true });
    for (const [name, child] of crash === 'power cut' ? node.synced : node.entries)
      await this.#layOut(child, join(target, name), crash);
  }

  #operation(work: () => void, cutShort: () => void = () => undefined): Promise<void> {
    if (this.operations + 1 > this.#crashAt) return Promise.reject(new Crashed());
    const number = ++this.operations;
    const failure = this.#failures.get(number);
    if (failure !== undefined || number === this.#crashAt) {
      cutShort();
      return Promise.reject(failure ?? new Crashed());
    }
    try {
      work();
    } catch (error) {
      return Promise.reject(error as Error);
    }
    return Promise.resolve();
  }

  #find(path: string): Node | undefined {
    let current: Node | undefined = this.#root;
    for (const name of parts(path))
      current = current !== undefined && isDirectory(current) ? current.entries.get(name) : undefined;
    return current;
  }

  #place(path: string): [parent: Directory, name: string] {
    const names = parts(path);
    const parent = this.#find(names.slice(0, -1).join('/'));
    if (parent === undefined || !isDirectory(parent)) throw missing('ENOENT', path);
    return [parent, names.at(-1)!];
  }
}

function directory(): Directory {
  return { entries: new Map(), synced: new Map() };
}

function isDirectory(node: Node): node is Directory {
  return 'entries' in node;
}

function parts(path: string): string[] {
  return path.split('/').filter((name) => name !== '');
}

function missing(code: string, path: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${code}: ${path}`), { code });
}
