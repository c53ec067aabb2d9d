import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { MANIFEST, readProvisioned, runtimesDirectory } from './provisioned-runtime.js';
import { wheelRuntime } from './runtime-identity.js';
import { runtimeFor, select, selected } from './selection.js';
import type { Flavour } from './wheels.js';

let cache: string;
beforeEach(() => {
  cache = mkdtempSync(join(tmpdir(), 'tandem-selection-'));
});
afterEach(() => rmSync(cache, { recursive: true, force: true }));

function provision(flavour: Flavour) {
  const { key } = wheelRuntime(flavour, 'linux-x64');
  mkdirSync(join(runtimesDirectory(cache), key), { recursive: true });
  const manifest = { key, flavour, tensorflowVersion: '2.21.0', libraryDirectory: 'lib', files: [] };
  writeFileSync(join(runtimesDirectory(cache), key, MANIFEST), JSON.stringify(manifest));
  return readProvisioned(cache, key)!;
}
const flavourFor = (device: 'cpu' | 'gpu') => runtimeFor(device, cache, 'linux-x64', {})?.flavour;

it('finds none in an empty cache', () => {
  expect([flavourFor('cpu'), flavourFor('gpu')]).toEqual([undefined, undefined]);
});

it('computes on CPUs with either build, the CPU one first, and on a GPU with the CUDA one alone', () => {
  const cpu = provision('cpu');
  expect([flavourFor('cpu'), flavourFor('gpu')]).toEqual(['cpu', undefined]);
  const cuda = provision('cuda');
  expect([flavourFor('cpu'), flavourFor('gpu')]).toEqual(['cpu', 'cuda']);
  select(cache, cuda);
  expect([flavourFor('cpu'), flavourFor('gpu')]).toEqual(['cuda', 'cuda']);
  select(cache, cpu);
  expect([flavourFor('cpu'), flavourFor('gpu')]).toEqual(['cpu', 'cuda']);
});

it('ignores a choice that is not whole, or was made by another version', () => {
  const cpu = provision('cpu');
  select(cache, cpu);
  expect(selected(cache, 'linux-arm64')).toBeUndefined();
  rmSync(join(cpu.directory, MANIFEST));
  expect(selected(cache, 'linux-x64')).toBeUndefined();
});
