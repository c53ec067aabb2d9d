import { randomBytes } from 'node:crypto';
import { fstatSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { OfferedStates } from './offered-states.js';
import { fillStateFile, openStateFile, type StateSource, sourceOf, storeInFile } from './stored-state.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tandem-stored-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('storeInFile', () => {
  it('gives the bytes back, from a file that has no name', async () => {
    const bytes = randomBytes(100_003);
    const stored = storeInFile(
      bytes.length,
      (write) => {
        write(bytes.subarray(0, 50_000), 0);
        write(bytes.subarray(50_000), 50_000);
      },
      folder,
    );
    expect(readdirSync(folder)).toEqual([]);
    const source = sourceOf(stored);
    const pieces = [];
    for (let at = 0; at < bytes.length; at += 30_000) pieces.push(await source.read(at, 30_000));
    expect(Buffer.concat(pieces).equals(bytes)).toBe(true);
    source.close!();
    expect(() => fstatSync(stored.file)).toThrow('EBADF');
  });

  it('is read while it is written, and closed by the last who uses it', async () => {
    const bytes = randomBytes(100_003);
    const state = openStateFile(bytes.length, folder);
    const source = sourceOf(state);
    const whole = source.read(0, bytes.length);
    fillStateFile(state, (write) => {
      for (let at = 0; at < bytes.length; at += 40_000) write(bytes.subarray(at, at + 40_000), at);
    });
    expect(Buffer.compare(await whole, bytes)).toBe(0);
    fstatSync(state.file);
    source.close!();
    expect(() => fstatSync(state.file)).toThrow('EBADF');
  });

  it('is not closed under its writer', () => {
    const state = openStateFile(10, folder);
    sourceOf(state).close!();
    fillStateFile(state, (write) => write(new Uint8Array(10), 0));
    expect(() => fstatSync(state.file)).toThrow('EBADF');
  });

  it('tells its readers that it could not be written', async () => {
    const state = openStateFile(10, folder);
    const source = sourceOf(state);
    const whole = source.read(0, 10);
    const failed = expect(whole).rejects.toThrow('could not be put aside');
    expect(() => fillStateFile(state, (write) => write(new Uint8Array(4), 0))).toThrow('4 bytes where 10');
    await failed;
    source.close!();
    expect(() => fstatSync(state.file)).toThrow('EBADF');
  });

  it('leaves nothing where it fails', () => {
    const failing = () => {
      throw new Error('no space');
    };
    expect(() => storeInFile(10, failing, folder)).toThrow('no space');
    expect(() => storeInFile(10, () => undefined, join(folder, 'nowhere'))).toThrow('ENOENT');
    expect(() => storeInFile(2 ** 60, () => undefined, folder)).toThrow('bytes are free there');
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe('OfferedStates', () => {
  it('closes a state that is withdrawn when its last reader is done', async () => {
    let closed = false;
    const state: StateSource = { byteLength: 0, read: () => new Uint8Array(0), close: () => (closed = true) };
    const states = new OfferedStates();
    const withdraw = states.add({ runId: 'run', step: 3, state });
    let done: (() => void) | undefined;
    const sending = states.send('run', 3, () => new Promise<void>((resolve) => (done = resolve)));
    expect(await states.send('run', 4, () => Promise.resolve())).toBe('that after step 3 of run run');
    withdraw();
    expect(await states.send('run', 3, () => Promise.resolve())).toBe('none');
    expect(closed).toBe(false);
    done!();
    await sending;
    expect(closed).toBe(true);
  });
});
