import { createRequire } from 'node:module';
import type * as Koffi from 'koffi';

/** Where memory was mapped to; koffi's. */
export type Address = unknown;

/** What Node has no words for: files in memory, and mapping them. All throw an Error that names the call and its number. */
export interface MemoryCalls {
  /** A file without a name in memory, zeros, which can neither grow nor shrink from now on; closed with `close`. */
  create(bytes: number): number;
  /** Whether the file can neither grow nor shrink, so that no page of it can be gone when it is read. */
  isSealed(fd: number): boolean;
  map(fd: number, bytes: number, access: 'read' | 'write'): Address;
  /** Gives the pages back and puts zeros in their place, which take no memory: a view that is still about reads those. */
  clear(address: Address, bytes: number): void;
  unmap(address: Address, bytes: number): void;
  view(address: Address, bytes: number): ArrayBuffer;
  close(fd: number): void;
}

// From Linux' headers; the same on x64 and arm64.
const [MFD_CLOEXEC, MFD_ALLOW_SEALING] = [0x1, 0x2];
const [F_ADD_SEALS, F_GET_SEALS] = [1033, 1034];
const [F_SEAL_SHRINK, F_SEAL_GROW] = [0x2, 0x4];
const [PROT_WRITE, PROT_READ] = [0x2, 0x1];
const [MAP_SHARED, MAP_PRIVATE, MAP_FIXED, MAP_ANONYMOUS, MAP_NORESERVE] = [0x1, 0x2, 0x10, 0x20, 0x4000];
const MAP_FAILED = 2n ** 64n - 1n;

/** Shown by /proc as the file's name. */
export const MEMORY_NAME = 'tandem-exchange';

let loaded: MemoryCalls | undefined;

/** Throws an Error where this system has no such calls. */
export function memoryCalls(): MemoryCalls {
  if (process.platform !== 'linux' || !['x64', 'arm64'].includes(process.arch))
    throw new Error(`there is no memory to lend on ${process.platform} ${process.arch}`);
  loaded ??= load();
  return loaded;
}

function load(): MemoryCalls {
  const koffi = createRequire(import.meta.url)('koffi') as typeof Koffi;
  const libc = koffi.load(null);
  const memfdCreate = libc.func('int memfd_create(const char *name, unsigned int flags)');
  const ftruncate = libc.func('int ftruncate(int fd, int64_t length)');
  const fcntl = libc.func('int fcntl(int fd, int command, ...)');
  const mmap = libc.func('void *mmap(void *address, size_t length, int protection, int flags, int fd, int64_t offset)');
  const munmap = libc.func('int munmap(void *address, size_t length)');
  const close = libc.func('int close(int fd)');

  const checked = (call: string, result: unknown): number => {
    if (typeof result !== 'number' || result < 0) throw new Error(`${call} failed with errno ${koffi.errno()}`);
    return result;
  };
  const map = (address: Address, bytes: number, protection: number, flags: number, fd: number): Address => {
    const mapped: unknown = mmap(address, bytes, protection, flags, fd, 0);
    if (mapped === null || koffi.address(mapped) === MAP_FAILED)
      throw new Error(`mmap of ${bytes} bytes failed with errno ${koffi.errno()}`);
    return mapped;
  };
  return {
    create: (bytes) => {
      const fd = checked('memfd_create', memfdCreate(MEMORY_NAME, MFD_CLOEXEC | MFD_ALLOW_SEALING));
      try {
        checked('ftruncate', ftruncate(fd, bytes));
        checked('fcntl', fcntl(fd, F_ADD_SEALS, 'int', F_SEAL_SHRINK | F_SEAL_GROW));
        return fd;
      } catch (error) {
        close(fd);
        throw error;
      }
    },
    isSealed: (fd) => (Number(fcntl(fd, F_GET_SEALS, 'int', 0)) & F_SEAL_SHRINK) !== 0,
    map: (fd, bytes, access) =>
      map(null, bytes, access === 'write' ? PROT_READ | PROT_WRITE : PROT_READ, MAP_SHARED, fd),
    clear: (address, bytes) =>
      void map(address, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED | MAP_ANONYMOUS | MAP_NORESERVE, -1),
    unmap: (address, bytes) => void munmap(address, bytes),
    view: (address, bytes) => koffi.view(address, bytes),
    close: (fd) => void close(fd),
  };
}
