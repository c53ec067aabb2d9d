import { execa } from 'execa';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../pinned-processes.js';
import { type Event, isCommit, type Recovery, readEvents } from './figures.js';
import { RECOVERY_TIMEOUT_MS, type Side, until, within } from './side.js';

const tandem = join(import.meta.dirname, '../../apps/cli/dist/main.js');
const NAMES = ['worker-0', 'worker-1', 'worker-2'] as const;
const VICTIM = 'worker-1';

/** The small network on `data`, in the IDX format. */
export function smallJob(data: string, globalBatch: number): string {
  return `
model: { name: small, dropout: 0.5 }
data: { format: idx, train: ${data}/train, eval: ${data}/eval }
training: { globalBatch: ${globalBatch}, microBatches: 6, epochs: 1000000, seed: 1 }
evaluation: { everyEpochs: 0 }
checkpoint: { everySteps: 10 }
`;
}

/**
 * A coordinator and three workers, every setting at its default but what the job is; a supervisor starts the dead one again at once.
 * @param job the sections of the configuration that say what is trained
 */
export function tandemSide(job: string): Side {
  return {
    name: 'Tandem',
    async run(folder, killStep): Promise<Recovery | undefined> {
      const config = `${folder}.yaml`;
      writeFileSync(
        config,
        `${job}
cluster: { minWorkers: 1, maxWorkers: 3 }
log: { level: debug }
`,
      );
      const address = `127.0.0.1:${await freePort()}`;
      const log = (name: string) => join(folder, 'logs', `${name}.jsonl`);
      const running = new Set<ReturnType<typeof launch>>();
      const start = (args: readonly string[], env: Readonly<Record<string, string>> = {}) => {
        const child = launch(args, env);
        running.add(child);
        return child;
      };
      const worker = (name: string) =>
        start(['worker', '--coordinator', address, '--name', name], { TANDEM_LOG_FILE: log(name) });
      const events = (name: string) => readEvents(log(name)).map(named);
      try {
        // All three are waited for, as torchrun does.
        const settle = ['--set', 'cluster.settleMs=60000'];
        start(['coordinator', '--config', config, '--listen', address, '--out', folder, ...settle]);
        const victim = NAMES.map(worker)[NAMES.indexOf(VICTIM)]!;
        const reached = () => events(VICTIM).some((event) => isCommit(event) && event.step >= killStep);
        await until(`step ${killStep}`, reached);
        const killTime = Date.now();
        victim.kill('SIGKILL');
        await victim;
        const back = worker(VICTIM);
        const trainsAgain = () => events(VICTIM).some((event) => isCommit(event) && event.pid === back.pid);
        if (!(await within(RECOVERY_TIMEOUT_MS, trainsAgain))) return undefined;
        return { killTime, victimPid: victim.pid!, events: NAMES.flatMap(events) };
      } finally {
        for (const child of running) child.kill('SIGKILL');
        await Promise.all(running);
      }
    },
  };
}

function launch(args: readonly string[], env: Readonly<Record<string, string>>) {
  return execa(process.execPath, [tandem, ...args], { env, stdio: 'ignore', reject: false });
}

/** A worker says what it has read when it is prepared. */
function named(event: Event): Event {
  return / training images of /.test(event.msg) ? { ...event, msg: 'is ready' } : event;
}
