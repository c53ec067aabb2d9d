import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { KERNEL } from './kernel.js';

it('is what its source compiles to', () => {
  const build = join(import.meta.dirname, '../../../../tools/build-kernel.mjs');
  const source = join(import.meta.dirname, '../../kernel/resize.as.ts');
  expect(execFileSync(process.execPath, [build, source, '--print'], { encoding: 'utf8' })).toBe(KERNEL);
}, 60_000);
