import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { makeIdxDataset } from './support/data-sets.js';
import { freePort } from './support/free-port.js';
import { PseudoTerminal } from './support/pseudo-terminal.js';
import { checkpointDigests, lossesOf, metricsOf } from './support/run-directory.js';
import { scratchFolder } from './support/scratch.js';
import { startTandem, tandem } from './support/tandem.js';
import { waitUntil } from './support/wait-until.js';

const scratch = scratchFolder();
const config = join(scratch, 'config.yaml');

beforeAll(() => {
  makeIdxDataset(join(scratch, 'idx'));
  writeFileSync(
    config,
    `
model: { name: small }
data: { format: idx, train: ${scratch}/idx/train, eval: ${scratch}/idx/eval }
training: { globalBatch: 50, epochs: 2, seed: 7 }
cluster: { minWorkers: 2, maxWorkers: 2 }
checkpoint: { everySteps: 10 }
`,
  );
});

describe('a cluster started by hand', () => {
  it('trains when the workers are there before their coordinator', async () => {
    const address = `127.0.0.1:${await freePort()}`;
    const out = join(scratch, 'by-hand');
    const workers = ['a', 'b'].map((name) => startTandem(['worker', '--coordinator', address, '--name', name]));
    await waitUntil('the workers to look around', () =>
      workers.every(({ output }) => output.includes('looking for the coordinator')),
    );
    const coordinator = startTandem(['coordinator', '--config', config, '--listen', address, '--out', out]);
    for (const process of [coordinator, ...workers]) {
      const { exitCode, output } = await process.finished;
      expect(exitCode, output).toBe(0);
    }
    expect(lossesOf(out)).toHaveLength(26);
    expect(metricsOf(out).filter(({ type }) => type === 'eval')).toHaveLength(2);

    // These workers keep no logs in the run directory: what is worth it has come to the coordinator.
    const cluster = readFileSync(join(out, 'logs/cluster.jsonl'), 'utf8');
    for (const name of ['a', 'b'])
      for (const event of ['run.joined', 'worker.prepared', 'generation.entered'])
        expect(cluster.match(new RegExp(`"name":"${name}",[^\n]*"event":"${event}"`, 'g')), event).toHaveLength(1);
    const shown = await tandem(['logs', out, '--name', 'b', '--json']);
    expect(shown.output.match(/"event":"run.joined"/g)).toHaveLength(1);

    // The same run by the one command: its bits do not depend on who started what.
    const local = join(scratch, 'local');
    const { exitCode, output } = await tandem(['run', '--config', config, '--workers', '2', '--out', local]);
    expect(exitCode, output).toBe(0);
    // Here they do, and nothing is shown twice.
    const joined = await tandem(['logs', local, '--event', 'run.joined', '--json']);
    expect(joined.output.match(/"event":"run.joined"/g)).toHaveLength(2);
    expect(lossesOf(local)).toEqual(lossesOf(out));
    expect(checkpointDigests(local, 26)).toEqual(checkpointDigests(out, 26));
  });

  it('lets a worker go that is looking for its coordinator by one Ctrl-C', async () => {
    const worker = startTandem(['worker', '--coordinator', `127.0.0.1:${await freePort()}`, '--name', 'early']);
    await waitUntil('the worker to look around', () => worker.output.includes('looking for the coordinator'));
    worker.kill('SIGINT');
    const { exitCode, output } = await worker.finished;
    expect(exitCode, output).toBe(130);
    expect(output).toMatch(/SIGINT while looking for the coordinator: this worker ends\n$/);
  });

  const live = PseudoTerminal.available ? ', also live on a terminal' : ' (not on a terminal: there is no tmux)';
  it(`tells its state to \`tandem status\`${live}`, async () => {
    const address = `127.0.0.1:${await freePort()}`;
    const out = join(scratch, 'status');
    const long = ['--set', 'training.epochs=500'];
    const coordinator = startTandem(['coordinator', '--config', config, '--listen', address, '--out', out, ...long]);
    const workers = ['a', 'b'].map((name) => startTandem(['worker', '--coordinator', address, '--name', name]));
    await waitUntil('the first steps', () => metricsOf(out).length > 3);
    const { exitCode, output } = await tandem(['status', '--coordinator', address, '--json']);
    expect(exitCode, output).toBe(0);
    const status = JSON.parse(output) as { state: string; step: number; members: { rank: number; name: string }[] };
    expect(status).toMatchObject({ state: 'training', generation: 1, totalSteps: 6500 });
    expect(status).not.toHaveProperty('detail');
    expect(status.step).toBeGreaterThan(0);
    // Names of people's own choosing are ranked in the order of joining.
    expect(status.members.map(({ rank }) => rank)).toEqual([0, 1]);
    expect(status.members.map(({ name }) => name).sort()).toEqual(['a', 'b']);
    if (PseudoTerminal.available) await watchOnTerminal(address);
    // One Ctrl-C at any worker stops all of them, with a checkpoint.
    workers[1]!.kill('SIGINT');
    for (const process of [coordinator, ...workers]) {
      const ended = await process.finished;
      expect(ended.exitCode, ended.output).toBe(0);
    }
    const last = lossesOf(out).length;
    expect(checkpointDigests(out, last).weights).toMatch(/^[0-9a-f]{64}$/);
  });
});

/** `tandem status --watch` of the run above, at two sizes, until q. */
async function watchOnTerminal(address: string): Promise<void> {
  const terminal = PseudoTerminal.open({ columns: 80, rows: 24 });
  const shows = (what: string, found: (lines: readonly string[]) => boolean) =>
    waitUntil(what, () => found(terminal.screen.split('\n')));
  const row = (lines: readonly string[], pattern: RegExp) => lines.some((line) => pattern.test(line));
  try {
    terminal.run(['status', '--coordinator', address, '--watch']);
    await shows('the workers and the events', (lines) =>
      [/^ +0 [ab] .*\d$/, /^ +1 [ab] .*\d$/, /^\d\d:\d\d:\d\d INFO +coordinator · /].every((each) => row(lines, each)),
    );
    const lines = terminal.screen.split('\n');
    expect(lines[0]).toMatch(/^tandem · run [0-9a-f]{8} · training · generation 1 +127\.0\.0\.1:\d+$/);
    expect(row(lines, /^step \d+\/6500 /)).toBe(true);
    expect(lines[23]).toMatch(/^q quits/);
    terminal.resize({ columns: 100, rows: 30 });
    await shows('the larger screen', (larger) => larger[29]?.startsWith('q quits') === true);
    // And back: tmux wraps what was on the larger screen into the smaller one's history, and shows that.
    terminal.resize({ columns: 80, rows: 24 });
    await shows('the smaller screen', (smaller) => smaller[23]?.startsWith('q quits') === true);
    terminal.press('q');
    await shows('the terminal as it was', (after) => row(after, /^ended with 0/));
    expect(terminal.screen).not.toContain('generation 1');
  } finally {
    terminal.close();
  }
}
