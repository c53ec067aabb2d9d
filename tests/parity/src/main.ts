import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { readPeer, writeCase } from './case-folder.js';
import { compare, type Finding } from './compare.js';
import { writeGolden } from './golden.js';
import { peersFolder, provisionPeers } from './provision-peers.js';
import { runToEnd } from './run-to-end.js';
import { Subject } from './subject.js';
import { type PeerName, peers, type Variant, variants } from './variants.js';

// Every network against its peers in PyTorch and Keras, live. `npm run parity -- --variant paper --peer torch` takes one;
// `--write-golden` makes the golden files anew; `--keep DIR` leaves each case there for Python.

const PEER_TIMEOUT_MS = 600_000;

const { values: flags } = parseArgs({
  options: {
    variant: { type: 'string', multiple: true },
    peer: { type: 'string', multiple: true },
    'write-golden': { type: 'boolean', default: false },
    keep: { type: 'string' },
  },
});

const chosen = variants.filter(({ name }) => flags.variant?.includes(name) ?? true);
const asked = peers.filter((name) => flags.peer?.includes(name) ?? true);
if (chosen.length === 0 || asked.length === 0) {
  const known = `--variant ${variants.map(({ name }) => name).join(' | ')}, --peer ${peers.join(' | ')}`;
  process.stderr.write(`There is no such network or peer. Known: ${known}\n`);
  process.exit(2);
}

const python = provisionPeers();
const scratch = flags.keep ?? mkdtempSync(join(tmpdir(), 'tandem-parity-'));
let failures = 0;
try {
  print('variant', 'peer', 'what', 'worst relative error', 'limit', '', 'at');
  for (const variant of chosen) await hold(variant);
} finally {
  if (flags.keep === undefined) rmSync(scratch, { recursive: true, force: true });
}
process.exitCode = failures === 0 ? 0 : 1;

async function hold(variant: Variant): Promise<void> {
  const folder = join(scratch, variant.name);
  mkdirSync(folder, { recursive: true });
  const subject = new Subject(variant);
  writeCase(folder, variant, subject);
  const ours = await subject.answers();
  subject.dispose();
  for (const peer of asked) {
    runToEnd(python, [join(peersFolder, `${peer}_peer.py`), folder], { timeoutMs: PEER_TIMEOUT_MS });
    const { answers, versions } = readPeer(folder);
    for (const finding of compare(ours, answers)) report(variant.name, peer, finding);
    if (flags['write-golden']) writeGolden(variant, peer, answers, versions);
  }
  if (flags.keep === undefined) rmSync(folder, { recursive: true });
}

function report(variant: string, peer: PeerName, { what, error, at, limit }: Finding): void {
  const pass = error <= limit;
  if (!pass) failures++;
  print(variant, peer, what, error.toExponential(1), limit.toExponential(0), pass ? 'pass' : 'FAIL', at);
}

function print(...cells: readonly string[]): void {
  const widths = [12, 7, 17, 22, 7, 6];
  process.stdout.write(
    `${cells
      .map((cell, index) => cell.padEnd(widths[index] ?? 0))
      .join('')
      .trimEnd()}\n`,
  );
}
