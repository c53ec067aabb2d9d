import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { type AllReduceFigures, type AllReduceRun } from './all-reduce-run.js';

// One loopback for all ranks, held to a rate by Linux' token bucket (tc-tbf(8)) in a network namespace of the benchmark's own, so that no
// other program is slowed down. It needs user namespaces and the tbf module: where either is missing, nothing is measured.

const BURST = '256kb';

/** Shell that a command follows as arguments. */
function script(megabitsPerSecond: number): string {
  return `ip link set lo up && tc qdisc add dev lo root tbf rate ${megabitsPerSecond}mbit burst ${BURST} latency 400ms && exec "$@"`;
}

export function canSlowLink(): boolean {
  return spawnSync('unshare', ['-rn', 'sh', '-c', script(1000), 'sh', 'true']).status === 0;
}

/** All ranks together send so fast at most. */
export function measureOnSlowLink(run: AllReduceRun, megabitsPerSecond: number): AllReduceFigures {
  const child = [
    process.execPath,
    '--import',
    'tsx',
    join(import.meta.dirname, 'all-reduce-child.ts'),
    JSON.stringify(run),
  ];
  const ended = spawnSync('unshare', ['-rn', 'sh', '-c', script(megabitsPerSecond), 'sh', ...child], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (ended.status !== 0) throw new Error(`an all-reduce at ${megabitsPerSecond} Mbit/s ended with ${ended.status}`);
  return JSON.parse(ended.stdout) as AllReduceFigures;
}
