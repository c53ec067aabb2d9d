import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { collect, positiveInteger } from '../arguments.js';
import { buildProgram } from '../program.js';
import { readEnvironment, variableOf } from './environment-flags.js';

/** The flags that a worker sees. */
function parsed(environment: Record<string, string>, ...args: string[]): unknown {
  const command = new Command('worker')
    .exitOverride()
    .configureOutput({ writeErr: () => undefined })
    .requiredOption('--coordinator <host:port>')
    .option('--name <name>')
    .option('--device <device>', '', 'cpu')
    .option('--threads <n>', '', positiveInteger)
    .option('--set <key.path=value>', '', collect)
    .option('--certs <dir>')
    .option('--verbose');
  new Command('tandem')
    .addCommand(command)
    .hook('preSubcommand', (_, child) => readEnvironment(child, environment))
    .parse(['worker', ...args], { from: 'user' });
  return command.opts();
}

describe('readEnvironment', () => {
  it('takes a flag from its variable, and the command line before it', () => {
    const environment = { TANDEM_COORDINATOR: 'a:1', TANDEM_THREADS: '3', TANDEM_VERBOSE: 'yes', TANDEM_NAME: '' };
    expect(parsed(environment)).toEqual({ coordinator: 'a:1', device: 'cpu', threads: 3, verbose: true });
    expect(parsed(environment, '--coordinator', 'b:2', '--threads', '4')).toMatchObject({
      coordinator: 'b:2',
      threads: 4,
    });
  });

  it('takes a variable before the scheduler', () => {
    const slurm = { SLURM_JOB_ID: '7', SLURM_NODELIST: 'n[1-2]', SLURM_PROCID: '1' };
    expect(parsed(slurm)).toEqual({ coordinator: 'n1:20007', name: 'worker-1', device: 'cpu' });
    expect(parsed({ ...slurm, TANDEM_NAME: 'mine' }, '--coordinator', 'x:1')).toMatchObject({
      coordinator: 'x:1',
      name: 'mine',
    });
  });

  it('takes several settings, those of the command line after them', () => {
    const environment = { TANDEM_COORDINATOR: 'a:1', TANDEM_SET: 'a.b=1; c.d=2\ne.f=3' };
    expect(parsed(environment, '--set', 'a.b=4')).toMatchObject({ set: ['a.b=1', 'c.d=2', 'e.f=3', 'a.b=4'] });
  });

  it('leaves credentials to those who read them', () => {
    expect(parsed({ TANDEM_COORDINATOR: 'a:1', TANDEM_CERTS: '/c' })).not.toHaveProperty('certs');
  });

  it.each([
    [{ TANDEM_THREADS: 'many' }, 'TANDEM_THREADS: "many" does not do. Expected a whole number from 1.'],
    [{ TANDEM_VERBOSE: 'perhaps' }, 'TANDEM_VERBOSE: "perhaps" does not do. Expected 1 or 0'],
  ])('names a variable that does not do: %o', (environment, message) => {
    expect(() => parsed(environment as Record<string, string>)).toThrow(
      expect.objectContaining({ code: 'TANDEM_ENVIRONMENT', message: expect.stringContaining(message) }),
    );
  });

  it('is documented for every flag', async () => {
    const table = readFileSync(new URL('../../../../docs/launching.md', import.meta.url), 'utf8');
    const variables = (await buildProgram()).commands.flatMap((command) =>
      command.options.map((option) => variableOf(command, option)),
    );
    const missing = variables.filter((name) => name !== undefined && !table.includes(`\`${name}\``));
    expect(missing).toEqual([]);
  });
});
