import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const root = join(import.meta.dirname, '../../../../..');

/** A coordinator starts and ends; what this process has loaded is printed. */
const program = `
  import { createRequire } from 'node:module';
  const { parseConfig } = await import('@tandem/core/config');
  const { startCoordinator } = await import('@tandem/coordinator');
  const config = parseConfig('model: { name: small }\\ndata: { format: idx, train: t }');
  const coordinator = await startCoordinator({ config, runDirectory: process.argv[1], listen: '127.0.0.1:0' });
  await coordinator.close();
  console.log(JSON.stringify(Object.keys(createRequire(process.cwd() + '/x.js').cache)));
`;

it('loads nothing of OpenTelemetry where no traces are wanted', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tandem-loaded-'));
  try {
    const environment = Object.entries(process.env).filter(([name]) => !/^(OTEL|NODE)_/.test(name));
    const output = execFileSync(process.execPath, ['--input-type=module', '-e', program, join(folder, 'run')], {
      ...{ cwd: join(root, 'apps/cli'), env: Object.fromEntries(environment), encoding: 'utf8', timeout: 60_000 },
    });
    const loaded = JSON.parse(output) as string[];
    // What shows that such files would be in the list.
    expect(loaded.some((file) => file.includes('/node_modules/protobufjs/'))).toBe(true);
    // The interfaces, which do nothing: Prometheus' client loads them.
    const isInterface = (file: string) => file.includes('/@opentelemetry/api/');
    expect(loaded.filter((file) => file.includes('/@opentelemetry/') && !isInterface(file))).toEqual([]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

it('is loaded by the thread that sends traces alone', () => {
  const folders = ['apps', 'libs'].flatMap((group) =>
    readdirSync(join(root, group)).map((name) => join(group, name, 'src')),
  );
  const files = folders
    .filter((folder) => existsSync(join(root, folder)))
    .flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((file) => join(folder, file)),
    )
    .filter((file) => file.endsWith('.ts'));
  const importing = files.filter((file) => /from '@opentelemetry\//.test(readFileSync(join(root, file), 'utf8')));
  expect(importing).toEqual(['apps/coordinator/src/monitoring/traces/export-thread.ts']);
});
