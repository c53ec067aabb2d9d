import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { runTool } from './run-tool.js';

const root = mkdtempSync(join(tmpdir(), 'tandem-tool-'));
afterAll(() => {
  rmSync(root, { recursive: true, force: true });
});

describe('runTool', () => {
  it('says how a program ended, and what it said last', async () => {
    expect(await runTool('sh', ['-c', 'echo fine'])).toEqual({ ok: true, absent: false, lastLines: 'fine' });
    const failed = await runTool('sh', ['-c', 'echo out; for line in 1 2 3 4 5 6 7; do echo $line >&2; done; exit 3']);
    expect(failed).toEqual({ ok: false, absent: false, lastLines: '2\n3\n4\n5\n6\n7' });
    expect(await runTool(join(root, 'absent'), [])).toMatchObject({ ok: false, absent: true });
  });

  it('ends what the program started, too', async () => {
    const controller = new AbortController();
    const file = join(root, 'pid');
    const run = runTool('sh', ['-c', `sh -c 'echo $$ > ${file}.new; mv ${file}.new ${file}; sleep 60; :'; :`], {
      signal: controller.signal,
    });
    run.catch(() => undefined);
    await vi.waitUntil(() => existsSync(file), { timeout: 10_000 });
    controller.abort(new Error('enough'));
    await expect(run).rejects.toThrow('enough');
    const pid = Number(readFileSync(file, 'utf8'));
    await vi.waitUntil(() => !isRunning(pid), { timeout: 10_000 });
  });
});

/** A process that has ended but that nobody has waited for yet does not run. */
function isRunning(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}
