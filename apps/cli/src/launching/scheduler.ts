import { hostsOf } from './host-list.js';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Ports that jobs get by their number: below those that systems hand out by themselves (Linux: from 32,768). */
const FIRST_PORT = 20_000;
const PORTS = 10_000;

/**
 * Values of flags that a scheduler's environment gives, by the flag's name in camel case, for a command of this name.
 * Slurm: the coordinator is on the first node of the job, at a port that follows from the job's number; a task is a worker,
 * ranked by SLURM_PROCID. Kubernetes: a pod of an indexed job is a worker, ranked by its index.
 */
export function schedulerFlags(command: string, environment: Environment): Readonly<Record<string, string>> {
  if (command === 'coordinator') return given({ listen: slurmListen(environment) });
  if (command === 'status') return given({ coordinator: slurmCoordinator(environment) });
  if (command !== 'worker') return {};
  const rank = numberIn(environment, 'SLURM_PROCID') ?? numberIn(environment, 'JOB_COMPLETION_INDEX');
  return given({
    coordinator: slurmCoordinator(environment),
    name: rank === undefined ? undefined : `worker-${rank}`,
    device: slurmDevice(environment),
  });
}

function slurmPort(environment: Environment): number | undefined {
  const job = numberIn(environment, 'SLURM_JOB_ID');
  return job === undefined ? undefined : FIRST_PORT + (job % PORTS);
}

function slurmListen(environment: Environment): string | undefined {
  const port = slurmPort(environment);
  return port === undefined ? undefined : `0.0.0.0:${port}`;
}

function slurmCoordinator(environment: Environment): string | undefined {
  const port = slurmPort(environment);
  const first = hostsOf(environment['SLURM_JOB_NODELIST'] ?? environment['SLURM_NODELIST'] ?? '')?.[0];
  return port === undefined || first === undefined ? undefined : `${first}:${port}`;
}

/** The task's own where Slurm granted GPUs: the only one that it sees, or the one of its place on the node. */
function slurmDevice(environment: Environment): string | undefined {
  const place = numberIn(environment, 'SLURM_LOCALID');
  const isGranted = ['SLURM_STEP_GPUS', 'SLURM_JOB_GPUS', 'SLURM_GPUS_ON_NODE'].some((name) => environment[name]);
  const seen = (environment['CUDA_VISIBLE_DEVICES'] ?? '').split(',').filter((name) => name !== '' && name !== '-1');
  if (place === undefined || !isGranted || seen.length === 0) return undefined;
  return `gpu:${place % seen.length}`;
}

function numberIn(environment: Environment, name: string): number | undefined {
  const text = environment[name] ?? '';
  return /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

function given(flags: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(Object.entries(flags).filter((entry): entry is [string, string] => entry[1] !== undefined));
}
