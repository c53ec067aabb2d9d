import { ConfigurationError } from '@tandem/core';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { setupError } from './errors.js';
import { SetUp, type SetUpContext } from './set-up.js';
import { FakeMachine, type Misbehaviour } from './testing/fake-machine.js';
import type { WrittenContext } from './testing/set-up-process.js';

let machine: FakeMachine;
const processes: ChildProcess[] = [];
beforeEach(() => {
  machine = new FakeMachine();
});
afterEach(() => {
  for (const child of processes.splice(0)) child.kill('SIGKILL');
  machine.remove();
});

const set = (overrides: Partial<SetUpContext> = {}, libtensorflow?: string) =>
  new SetUp({ ...machine.context(), ...overrides }).run('cpu', libtensorflow);
const left = () => readdirSync(join(machine.cache, 'runtime')).sort();

async function failure(promise: Promise<unknown>): Promise<ConfigurationError> {
  const thrown = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(thrown).toBeInstanceOf(ConfigurationError);
  return thrown as ConfigurationError;
}

describe('a set-up', () => {
  it('leaves the libraries, the headers to link with, the binding, and nothing else', async () => {
    const seen: string[] = [];
    const runtime = await set({ onProgress: ({ phase }) => seen.push(phase) });
    expect(runtime).toMatchObject({ flavour: 'cpu', tensorflowVersion: '2.99.0' });
    expect(readFileSync(runtime.binding, 'utf8')).toBe('binding\n');
    const files = readdirSync(runtime.directory, { recursive: true, withFileTypes: true });
    expect(files.filter((entry) => entry.isFile()).map(({ name }) => name)).toEqual(
      expect.arrayContaining([
        'c_api.h',
        'libtensorflow_cc.so.2',
        'libtensorflow_framework.so.2',
        'manifest.json',
        'tfjs_binding.node',
      ]),
    );
    expect(files.map(({ name }) => name)).not.toContain('huge.h');
    expect([...new Set(seen)]).toEqual(['download', 'unpack', 'build', 'check']);
    expect(left()).toEqual([
      expect.stringMatching(/^selected/),
      expect.stringMatching(/^tensorflow-.*-cpu-linux-x64-/),
    ]);
  });

  it('does nothing when it was done before', async () => {
    const first = await set();
    expect(await set({ environment: { PATH: '/nowhere' } })).toEqual(first);
    expect(await new SetUp(machine.context()).run('auto', undefined)).toEqual(first);
    expect(machine.commands).toEqual(['download', 'build']);
  });

  it('is done again when a file is not what the manifest says', async () => {
    const { libraryDirectory } = await set();
    truncateSync(join(libraryDirectory, 'libtensorflow_cc.so.2'), 10);
    await set();
    expect(machine.commands).toEqual(['download', 'build', 'download', 'build']);
  });

  it('links to an installed library without a download, and is kept by the next automatic set-up', async () => {
    const installed = join(machine.root, 'installed');
    mkdirSync(join(installed, 'include/tensorflow/c/eager'), { recursive: true });
    mkdirSync(join(installed, 'lib'));
    for (const file of [
      'include/tensorflow/c/eager/c_api.h',
      'lib/libtensorflow.so.2',
      'lib/libtensorflow_framework.so.2',
    ])
      writeFileSync(join(installed, file), '');
    machine.uninstall('python3');
    const runtime = await set({}, installed);
    expect(runtime).toMatchObject({ flavour: 'custom', libraryDirectory: join(installed, 'lib') });
    expect(machine.commands).toEqual(['build']);
    expect(await new SetUp(machine.context()).run('auto', undefined)).toEqual(runtime);
  });
});

describe('each fault is named, with what to do', () => {
  const environment = (pip: Misbehaviour, compiler: Misbehaviour = 'none') => ({
    environment: machine.environment(pip, compiler),
  });
  const cases: [string, () => Promise<unknown>, RegExp[]][] = [
    [
      'TANDEM_SETUP_NO_PIP',
      () => (machine.uninstall('python3'), set()),
      [/python3: not found/, /apt install python3-pip/],
    ],
    [
      'TANDEM_SETUP_NO_PIP',
      () => (machine.install('python3', '#!/bin/sh\necho "python3: No module named pip" >&2\nexit 1\n'), set()),
      [/No module named pip/, /apt install python3-pip/],
    ],
    [
      'TANDEM_SETUP_NO_COMPILER',
      () => (machine.uninstall('g++'), set()),
      [/tried g\+\+, c\+\+, clang\+\+/, /apt install g\+\+/],
    ],
    ['TANDEM_SETUP_DISK', () => set({ freeBytes: () => Promise.resolve(1e6) }), [/1 MB are free/, /TANDEM_CACHE/]],
    [
      'TANDEM_SETUP_DOWNLOAD',
      () => set(environment('fail')),
      [/No route to host/, /tensorflow-cpu==0/, /Check the network/],
    ],
    ['TANDEM_SETUP_CHECKSUM', () => set(environment('wrong-file')), [/has SHA-256/, /package index itself/]],
    ['TANDEM_SETUP_COMPILE', () => set(environment('none', 'fail')), [/expected ';'/, /fake compiler 1.0/, /CXX/]],
    [
      'TANDEM_SETUP_LOAD',
      () => set({ check: () => Promise.reject(setupError('TANDEM_SETUP_LOAD', { what: 'it does not load' })) }),
      [/does not load/],
    ],
    ['TANDEM_SETUP_LIBTENSORFLOW', () => set({}, join(machine.root, 'no-such')), [/no such folder/, /--libtensorflow/]],
    ['TANDEM_SETUP_LIBTENSORFLOW', () => set({}, machine.root), [/none of libtensorflow_cc/, /include\/, lib\//]],
    ['TANDEM_SETUP_CACHE', () => set({ cache: machine.wheelFile }), [/cannot be written/, /TANDEM_CACHE/]],
  ];
  it.each(cases)('%s', async (code, act, messages) => {
    const error = await failure(act());
    expect(error.code).toBe(code);
    expect(error.exitCode).toBe(2);
    for (const message of messages) expect(error.message).toMatch(message);
    if (existsSync(join(machine.cache, 'runtime')))
      expect(left().filter((name) => !name.startsWith('wheels'))).toEqual([]);
  });
});

describe('a set-up that is cut off', () => {
  it('ends its command when it is aborted, and leaves nothing', async () => {
    const stop = new AbortController();
    const running = set({ environment: machine.environment('hang'), signal: stop.signal });
    const pid = await hungCommand();
    stop.abort(new Error('interrupted'));
    await expect(running).rejects.toThrow('interrupted');
    expect(isAlive(pid)).toBe(false);
    expect(left()).toEqual(['wheels']);
  });

  it.each([
    ['download', ['download', 'download', 'build']],
    // The download was complete and its checksum right: it is not fetched again.
    ['build', ['download', 'build', 'build']],
  ] as const)('by SIGKILL in mid-%s leaves nothing that the next one trusts', async (when, commands) => {
    const environment = when === 'download' ? machine.environment('hang') : machine.environment('none', 'hang');
    const killed = start(environment);
    const pid = await hungCommand();
    killed.kill('SIGKILL');
    await once(killed, 'exit');
    await vi.waitFor(() => expect(isAlive(pid)).toBe(false), { timeout: 5000 });
    expect(left()).toContainEqual(expect.stringMatching(/^staging-/));

    const runtime = await set();
    expect(readFileSync(runtime.binding, 'utf8')).toBe('binding\n');
    expect(machine.commands).toEqual(commands);
    expect(left()).toEqual(['selected.json', expect.stringMatching(/^tensorflow-/)]);
  });

  it('does not trust a kept wheel that was changed', async () => {
    await failure(set({ environment: machine.environment('none', 'fail') }));
    const wheels = join(machine.cache, 'runtime/wheels');
    const [wheel] = readdirSync(wheels);
    writeFileSync(join(wheels, wheel!), 'x'.repeat(machine.wheel.bytes));
    await set();
    expect(machine.commands).toEqual(['download', 'build', 'download', 'build']);
  });
});

it('two set-ups at once: one works, the other finds it done', async () => {
  const both = [start(machine.environment()), start(machine.environment())];
  const outputs = await Promise.all(
    both.map(async (child) => {
      let text = '';
      child.stdout!.on('data', (chunk: Buffer) => (text += chunk.toString()));
      const [status] = (await once(child, 'close')) as [number];
      return { status, text };
    }),
  );
  expect(outputs[0]).toEqual({ status: 0, text: expect.stringMatching(/tensorflow-.*-cpu-linux-x64/) as string });
  expect(outputs[1]).toEqual(outputs[0]);
  expect(machine.commands).toEqual(['download', 'build']);
});

function start(environment: Record<string, string>): ChildProcess {
  rmSync(machine.pidFile, { force: true });
  const { cache, platform, lockStaleMs } = machine.context();
  const written: WrittenContext = { cache, platform, lockStaleMs, environment, wheel: machine.wheel };
  const script = fileURLToPath(new URL('./testing/set-up-process.ts', import.meta.url));
  const tsx = createRequire(import.meta.url).resolve('tsx');
  const child = spawn(process.execPath, ['--import', tsx, script, JSON.stringify(written)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  processes.push(child);
  return child;
}

async function hungCommand(): Promise<number> {
  return vi.waitFor(
    () => Number(readFileSync(machine.pidFile, 'utf8').trim() || 'none') || Promise.reject(new Error('not yet')),
    {
      timeout: 10_000,
    },
  );
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
