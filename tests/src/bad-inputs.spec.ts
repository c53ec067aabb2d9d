import { Server, ServerCredentials } from '@grpc/grpc-js';
import { mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadTandemProtocol } from '@tandem/rpc';
import { makeIdxDataset, makeImageFolder } from './support/data-sets.js';
import { metricsOf } from './support/run-directory.js';
import { scratchFolder } from './support/scratch.js';
import { startTandem, tandem } from './support/tandem.js';
import { waitUntil } from './support/wait-until.js';

const scratch = scratchFolder();
let runs = 0;

beforeAll(async () => {
  makeIdxDataset(join(scratch, 'idx'));
  await makeImageFolder(join(scratch, 'cells'), { train: 4, evaluation: 2 });
});

function configFile(text: string): string {
  const file = join(scratch, `config-${++runs}.yaml`);
  writeFileSync(file, text);
  return file;
}

const idx = () =>
  `model: { name: small }\ndata: { format: idx, train: ${scratch}/idx/train, eval: ${scratch}/idx/eval }\n`;

/** Runs one worker on a configuration that cannot work, and expects the exit code for it and a message in one line. */
async function expectRefused(config: string, message: RegExp, ...more: string[]): Promise<void> {
  const out = join(scratch, `run-${++runs}`);
  const { exitCode, output } = await tandem(['run', '--config', config, '--workers', '1', '--out', out, ...more]);
  expect(output).toMatch(message);
  expect(exitCode, output).toBe(2);
  expect(metricsOf(out)).toEqual([]);
}

/** A folder data set of its own, with one file that `spoil` spoils. */
async function spoiledFolder(name: string, spoil: (folder: string) => void): Promise<string> {
  const folder = join(scratch, name);
  await makeImageFolder(folder, { train: 4, evaluation: 2 });
  spoil(join(folder, 'train/defective'));
  return configFile(
    `model: { name: small }\ndata: { format: image-folder, train: ${folder}/train, eval: ${folder}/eval }\ntraining: { globalBatch: 4 }\n`,
  );
}

describe('a configuration that cannot work', () => {
  it('has an unknown key', () =>
    expectRefused(
      configFile(`${idx()}training: { globalBach: 8 }\n`),
      /unknown key training\.globalBach.*Expected one of globalBatch/,
    ));

  it('has a wrong type', () =>
    expectRefused(configFile(`${idx()}training: { globalBatch: many }\n`), /training\.globalBatch is "many".*number/));

  it('sets a wrong value on the command line', () =>
    expectRefused(configFile(idx()), /optimizer\.momentum is 2/, '--set', 'optimizer.momentum=2'));

  it('is not there', () =>
    expectRefused(join(scratch, 'none.yaml'), /none\.yaml: the configuration file cannot be read/));
});

describe('a data set that cannot be used', () => {
  it('is not there', () =>
    expectRefused(
      configFile(`model: { name: small }\ndata: { format: image-folder, train: ${scratch}/nowhere }\n`),
      /nowhere.*(no such folder|not there|does not exist|missing)/i,
    ));

  it('has an empty class folder', async () => {
    const config = await spoiledFolder('empty-class', (folder) => mkdirSync(join(folder, '../unknown')));
    await expectRefused(config, /unknown.*(empty|no images)/i);
  });

  it('has a truncated JPEG', async () => {
    const sharp = (await import('sharp')).default;
    const jpeg = await sharp({
      create: {
        width: 300,
        height: 300,
        channels: 3,
        background: '#808000',
        noise: { type: 'gaussian', mean: 128, sigma: 60 },
      },
    })
      .jpeg()
      .toBuffer();
    const config = await spoiledFolder('truncated', (folder) => {
      writeFileSync(join(folder, 'broken.jpg'), jpeg);
      truncateSync(join(folder, 'broken.jpg'), Math.floor(jpeg.length / 2));
    });
    await expectRefused(config, /broken\.jpg/);
  });

  it('has a text file named .png', async () => {
    const config = await spoiledFolder('text', (folder) => writeFileSync(join(folder, 'note.png'), 'not an image\n'));
    await expectRefused(config, /note\.png/);
  });

  it('is IDX of the wrong size', async () => {
    const folder = join(scratch, 'short-idx');
    makeIdxDataset(folder, { train: 20, evaluation: 10 });
    const images = readdirSync(join(folder, 'train')).find((name) => name.includes('images'))!;
    truncateSync(join(folder, 'train', images), 5000);
    await expectRefused(
      configFile(`model: { name: small }\ndata: { format: idx, train: ${folder}/train }\n`),
      new RegExp(`${images}.*(5000|15,?696|bytes)`),
    );
  });
});

describe('a cluster that cannot be joined', () => {
  it('has its port taken', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as { port: number };
    const args = ['--config', configFile(idx()), '--listen', `127.0.0.1:${port}`, '--out', join(scratch, 'taken')];
    const { exitCode, output } = await tandem(['coordinator', ...args]);
    server.close();
    expect(output).toMatch(new RegExp(`127\\.0\\.0\\.1:${port}.*(in use|taken)`));
    expect(exitCode, output).toBe(2);
  });

  it('has no coordinator: the worker tries for its time and says so', async () => {
    const start = performance.now();
    const args = ['--coordinator', '127.0.0.1:9', '--name', 'alone', '--join-timeout', '2'];
    const { exitCode, output } = await tandem(['worker', ...args]);
    expect(performance.now() - start).toBeGreaterThan(1900);
    expect(output).toMatch(/127\.0\.0\.1:9/);
    expect(output).toMatch(/TANDEM_NO_COORDINATOR/);
    expect(exitCode, output).toBe(1);
  });

  it('has a worker of the same name already', async () => {
    const out = join(scratch, 'same-name');
    const config = configFile(`${idx()}cluster: { minWorkers: 3 }\n`);
    const coordinator = startTandem(['coordinator', '--config', config, '--listen', '127.0.0.1:0', '--out', out]);
    const log = () => {
      try {
        return readFileSync(join(out, 'logs/coordinator.jsonl'), 'utf8');
      } catch {
        return '';
      }
    };
    const address = () => /127\.0\.0\.1:[1-9]\d*/.exec(log())?.[0];
    await waitUntil('the coordinator to listen', () => address() !== undefined);
    const first = startTandem(['worker', '--coordinator', address()!, '--name', 'twin']);
    await waitUntil('the first worker to join', () => /twin on .* joined/.test(log()));
    const { exitCode, output } = await tandem(['worker', '--coordinator', address()!, '--name', 'twin']);
    expect(output).toMatch(/twin.*(taken|already|name)/);
    expect(exitCode, output).not.toBe(0);
    first.kill('SIGKILL');
    coordinator.kill('SIGKILL');
  });

  it('has a coordinator of another protocol version', async () => {
    // A coordinator that answers as ours does to a version it does not speak.
    const { coordinator } = loadTandemProtocol();
    const server = new Server();
    server.addService(coordinator, {
      Join: (call: { emit(event: 'error', error: object): void }) => {
        call.emit('error', { code: 9, details: 'this coordinator speaks protocol version 2, the worker 1' });
      },
      GetStatus: () => undefined,
      FetchCheckpoint: () => undefined,
    });
    const port = await new Promise<number>((resolve, reject) => {
      server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) => {
        if (error) reject(error);
        else resolve(bound);
      });
    });
    const { exitCode, output } = await tandem(['worker', '--coordinator', `127.0.0.1:${port}`, '--name', 'old']);
    server.forceShutdown();
    expect(output).toMatch(/protocol version 2/);
    expect(output).toMatch(/TANDEM_JOIN_REFUSED/);
    expect(exitCode, output).toBe(1);
  });
});
