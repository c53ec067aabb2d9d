import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { root, startNode } from './command.js';

// The rule says nothing at all when Nx has no project graph at hand, so a green lint alone proves nothing: this sees it fire.

// A spec's name, so that no build takes it in, even if this process is killed.
const probe = join(root, 'libs/core/src/boundary-probe.spec.ts');
afterEach(() => rmSync(probe, { force: true }));

const lint = () =>
  startNode([join(root, 'node_modules/nx/bin/nx.js'), 'lint', '@tandem/core', '--skip-nx-cache'], {
    environment: { NX_DAEMON: 'false', NX_TUI: 'false', FORCE_COLOR: '0' },
  }).finished;

it('an import against the direction of the layers fails the lint, and names the rule', async () => {
  expect((await lint()).status).toBe(0);
  writeFileSync(
    probe,
    "import { loadTensorFlow } from '@tandem/runtime';\nimport * as tf from '@tensorflow/tfjs-node-gpu';\nexport { loadTensorFlow, tf };\n",
  );
  const { status, stdout, stderr } = await lint();
  const findings = (stdout + stderr).split('\n').filter((line) => line.includes('@nx/enforce-module-boundaries'));
  expect(findings).toEqual([
    expect.stringContaining('scope:core'),
    expect.stringContaining('@tensorflow/tfjs-node-gpu'),
  ]);
  expect(status).not.toBe(0);
});
