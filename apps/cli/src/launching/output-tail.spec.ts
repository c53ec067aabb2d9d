import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it, vi } from 'vitest';
import { OutputTail } from './output-tail.js';

const scratch = mkdtempSync(join(tmpdir(), 'tandem-tail-'));
afterAll(() => rmSync(scratch, { recursive: true }));

it('tells every whole line that is added, and the last one at the end', async () => {
  const file = join(scratch, 'worker.log');
  writeFileSync(file, 'of the run before\n');
  const lines: string[] = [];
  const tail = new OutputTail({ file, onLine: (line) => lines.push(line) });
  // A letter of two bytes that comes in two pieces.
  const [first, second] = [Buffer.from('one\ntwö').subarray(0, 7), Buffer.from('ö').subarray(1)];
  appendFileSync(file, first);
  await vi.waitFor(() => expect(lines).toEqual(['one']));
  appendFileSync(file, second);
  appendFileSync(file, `\n${'x'.repeat(100_000)}\nlast`);
  await vi.waitFor(() => expect(lines).toHaveLength(3));
  tail.close();
  expect(lines).toEqual(['one', 'twö', 'x'.repeat(100_000), 'last']);
});
