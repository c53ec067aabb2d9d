import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';

// The rule says nothing at all when Nx has no project graph at hand, so a green lint alone proves nothing: this sees it fire.

const root = join(import.meta.dirname, '../..');
// A spec's name, so that no build takes it in, even if this process is killed.
const probe = join(root, 'libs/collective/src/boundary-probe.spec.ts');
afterEach(() => rmSync(probe, { force: true }));

async function lint() {
  const nx = join(root, 'node_modules/nx/dist/bin/nx.js');
  const env = { ...process.env, NX_DAEMON: 'false', NX_TUI: 'false', FORCE_COLOR: '0' };
  const child = spawn(process.execPath, [nx, 'lint', '@tandem/collective', '--skip-nx-cache'], { cwd: root, env });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  const [exitCode] = (await once(child, 'close')) as [number | null];
  return { exitCode, findings: output.split('\n').filter((line) => line.includes('@nx/enforce-module-boundaries')) };
}

it('an import across the layers fails the lint, and names the rule', async () => {
  expect(await lint()).toEqual({ exitCode: 0, findings: [] });
  writeFileSync(probe, "export * from '@tandem/checkpoint';\nexport * from '@tensorflow/tfjs-node-gpu';\n");
  const { exitCode, findings } = await lint();
  expect(findings).toEqual([
    expect.stringContaining('scope:collective'),
    expect.stringContaining('@tensorflow/tfjs-node-gpu'),
  ]);
  expect(exitCode).not.toBe(0);
});
