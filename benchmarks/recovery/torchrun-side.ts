import { execa } from 'execa';
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isCommit, type Recovery, readEvents } from './figures.js';
import { RECOVERY_TIMEOUT_MS, type Side, until, within } from './side.js';

const RANKS = [0, 1, 2] as const;
const VICTIM = 1;
const MAX_RESTARTS = 3;

/**
 * One elastic agent with three workers, restarts allowed, else at torchrun's defaults, in its form for one machine, with one setting: by default
 * the restarted workers of PyTorch 2.15 wait for each other without end in init_process_group (gloo), since they share the agent's
 * store with those before them.
 */
export function torchrunSide(python: string, globalBatch: number): Side {
  return {
    name: 'torchrun',
    async run(folder, killStep): Promise<Recovery | undefined> {
      mkdirSync(folder);
      const events = (rank: number) => readEvents(join(folder, `rank-${rank}.jsonl`));
      const agent = execa(
        join(dirname(python), 'torchrun'),
        [
          ...['--nnodes', '1', '--nproc-per-node', String(RANKS.length), '--max-restarts', String(MAX_RESTARTS)],
          '--standalone',
          ...[join(import.meta.dirname, '../peers/elastic_step.py'), folder, String(globalBatch / RANKS.length)],
        ],
        { all: true, reject: false, env: { OMP_NUM_THREADS: '1', TORCH_DISABLE_SHARE_RDZV_TCP_STORE: '1' } },
      );
      try {
        await until(`step ${killStep}`, () =>
          events(VICTIM).some((event) => isCommit(event) && event.step >= killStep),
        );
        const victimPid = events(VICTIM)[0]!.pid;
        const killTime = Date.now();
        process.kill(victimPid, 'SIGKILL');
        const trainsAgain = (rank: number) =>
          events(rank).some((event) => isCommit(event) && event.time > killTime && isNew(rank, event.pid));
        if (!(await within(RECOVERY_TIMEOUT_MS, () => RANKS.every(trainsAgain)))) return undefined;
        // Past the steps that are done again.
        await until(`step ${killStep + 12}`, () =>
          events(0).some((event) => isCommit(event) && event.step >= killStep + 12),
        );
        return { killTime, victimPid, events: RANKS.flatMap(events) };
      } finally {
        endAgent(agent.pid!);
        await agent;
      }

      function isNew(rank: number, pid: number): boolean {
        return pid !== events(rank)[0]!.pid;
      }
    },
  };
}

/** The agent's workers lead sessions of their own: they are found as its children, and would outlive it. */
function endAgent(pid: number): void {
  const { stdout } = spawnSync('ps', ['-o', 'pid=', '--ppid', String(pid)], { encoding: 'utf8' });
  for (const each of [pid, ...stdout.split('\n').filter(Boolean).map(Number)])
    try {
      process.kill(each, 'SIGKILL');
    } catch {
      // It has ended.
    }
}
