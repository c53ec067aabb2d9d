import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { lockRun } from './run-lock.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tandem-lock-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const never = (error: Error) => {
  throw error;
};

it('refuses a second coordinator at once, and lets it in when the first has left', async () => {
  const first = await lockRun(folder, never);
  await expect(lockRun(folder, never)).rejects.toMatchObject({
    ...{ code: 'TANDEM_RUN_IN_USE', exitCode: 2 },
    message: expect.stringMatching(
      `another coordinator leads the run in ${folder}.*process ${process.pid} on`,
    ) as string,
  });
  await first.release();
  await (await lockRun(folder, never)).release();
});

it('takes over at once from one that was killed on this machine', async () => {
  const dead = spawn(process.execPath, ['-e', '']);
  await once(dead, 'exit');
  const lock = await lockRun(folder, never);
  writeFileSync(join(folder, '.coordinator'), JSON.stringify({ host: hostname(), pid: dead.pid }));
  const started = performance.now();
  await (await lockRun(folder, never)).release();
  expect(performance.now() - started).toBeLessThan(5_000);
  await lock.release();
});
