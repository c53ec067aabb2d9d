import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { makeIdxDataset } from './support/data-sets.js';
import { freePort } from './support/free-port.js';
import { checkpointDigests, lossesOf, metricsOf } from './support/run-directory.js';
import { scratchFolder } from './support/scratch.js';
import { startTandem, tandem } from './support/tandem.js';
import { waitUntil } from './support/wait-until.js';

const scratch = scratchFolder();
const config = join(scratch, 'config.yaml');
const certs = join(scratch, 'certs');
const STEPS = 6;

beforeAll(async () => {
  makeIdxDataset(join(scratch, 'idx'));
  writeFileSync(
    config,
    `
model: { name: small }
data: { format: idx, train: ${scratch}/idx/train, eval: ${scratch}/idx/eval }
training: { globalBatch: 50, epochs: 200, seed: 7 }
cluster: { minWorkers: 2, maxWorkers: 2 }
`,
  );
  for (const args of [
    ['init', certs],
    ['issue', 'node-a', '--dir', certs],
    ['issue', 'watcher', '--dir', certs, '--role', 'observer'],
  ]) {
    const { exitCode, output } = await tandem(['certs', ...args]);
    expect(exitCode, output).toBe(0);
  }
});

/** All that a run has written as text. */
function textOf(run: string): string {
  const logs = join(run, 'logs');
  return readdirSync(logs)
    .map((file) => readFileSync(join(logs, file), 'utf8'))
    .join('\n');
}

describe('a cluster with certificates and a token', () => {
  it('trains to the bits of one without, lets nobody else in, and keeps its secrets', async () => {
    const address = `127.0.0.1:${await freePort()}`;
    const out = join(scratch, 'guarded');
    const flags = ['--config', config, '--max-steps', String(STEPS)];
    const coordinator = startTandem([
      ...['coordinator', ...flags, '--listen', address, '--out', out],
      ...['--certs', join(certs, 'coordinator')],
    ]);
    await waitUntil('the coordinator', () => coordinator.output.includes('listens at'));

    // Nobody gets in meanwhile: in plaintext, or with a certificate that is not for working.
    const plain = await tandem(['worker', '--coordinator', address, '--name', 'plain', '--join-timeout', '1']);
    expect(plain.exitCode, plain.output).toBe(1);
    expect(plain.output).toContain('TANDEM_NO_COORDINATOR');
    const watcher = ['--certs', join(certs, 'watcher')];
    const posing = await tandem(['worker', '--coordinator', address, '--name', 'posing', ...watcher]);
    expect(posing.exitCode, posing.output).toBe(2);
    expect(posing.output).toMatch(/is for watcher \(observer\)\. Expected one for a worker/);
    const status = await tandem(['status', '--coordinator', address, '--json', ...watcher]);
    expect(status.exitCode, status.output).toBe(0);
    expect(JSON.parse(status.output)).toMatchObject({ state: 'waiting', members: [] });

    const workers = ['a', 'b'].map((name) =>
      startTandem(['worker', '--coordinator', address, '--name', name, '--certs', join(certs, 'node-a')]),
    );
    const outputs: string[] = [];
    for (const process of [coordinator, ...workers]) {
      const { exitCode, output } = await process.finished;
      expect(exitCode, output).toBe(0);
      outputs.push(output);
    }

    const local = join(scratch, 'plain');
    const { exitCode, output } = await tandem(['run', ...flags, '--workers', '2', '--out', local], {
      TANDEM_TOKEN: 'another-token-for-a-run-of-one-machine',
    });
    expect(exitCode, output).toBe(0);
    expect(metricsOf(out)).toHaveLength(STEPS);
    expect(lossesOf(out)).toEqual(lossesOf(local));
    expect(checkpointDigests(out, STEPS)).toEqual(checkpointDigests(local, STEPS));

    const written = [textOf(out), readFileSync(join(out, 'config.yaml'), 'utf8'), ...outputs].join('\n');
    expect(written.match(/refused 127\.0\.0\.1:\d+: it does not speak TLS/g)!.length).toBeGreaterThanOrEqual(1);
    expect(written).not.toContain(readFileSync(join(certs, 'token'), 'utf8').trim());
    expect(written).not.toContain('PRIVATE KEY');
    expect(textOf(local) + output).not.toContain('another-token');
  }, 300_000);
});

describe('plaintext', () => {
  it.each([
    ['coordinator', ['--config', config, '--out', join(scratch, 'x'), '--listen', '0.0.0.0:0'], '--listen: 0.0.0.0:0'],
    ...['--metrics-listen', '--page-listen'].map((flag): [string, string[], string] => [
      'run',
      ['--config', config, '--out', join(scratch, 'y'), '--workers', '1', flag, '0.0.0.0:0'],
      `${flag}: 0.0.0.0:0`,
    ]),
    ['worker', ['--coordinator', '192.0.2.1:7000'], '--coordinator: 192.0.2.1:7000'],
    ['status', ['--coordinator', '192.0.2.1:7000'], '192.0.2.1:7000'],
  ])('of tandem %s stays on this machine unless --insecure is said', async (command, args, names) => {
    const { exitCode, output } = await tandem([command, ...args]);
    expect(exitCode, output).toBe(2);
    expect(output).toContain(names);
    expect(output).toMatch(/tandem certs init.*--certs; or say --insecure.*\[TANDEM_PLAINTEXT\]/);
  });

  it('goes further where it is said', async () => {
    const { exitCode, output } = await tandem(['status', '--coordinator', '192.0.2.1:7000', '--insecure']);
    expect(exitCode, output).toBe(1);
    expect(output).toContain('TANDEM_NO_COORDINATOR');
  });
});
