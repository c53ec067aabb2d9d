import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { INTERRUPTED_EXIT_CODE } from '@tandem/core';
import { freePort } from '../../src/support/free-port.js';
import { metricsOf } from '../../src/support/run-directory.js';
import { RunningTandem } from '../../src/support/tandem.js';
import { waitUntil } from '../../src/support/wait-until.js';
import { Cluster } from '../cluster.js';
import { broken } from '../contracts.js';
import { loopback } from '../network.js';
import { WORKERS } from '../plan.js';
import { processesOf } from '../processes.js';
import { undisturbed, writeJob } from '../reference.js';
import { keepSoak } from '../results.js';
import { randomFaults } from './random-faults.js';
import { Supervisor } from './supervisor.js';

// `npm run soak -- --minutes 20 --seed 1 --every 10`: a coordinator and three workers, killed, stopped and started again at random; then
// everything that a run to which nothing happened has is looked for.

const REVIVAL_TIMEOUT_MS = 120_000;
const STEPS = 1_000_000_000;

/** Losses are no reason to refuse a worker here: that is what the cells of flapping are for. */
const PATIENT = ['--set', 'cluster.maxLosses=1000000', '--set', 'cluster.lossWindowMs=1000'];

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      minutes: { type: 'string', default: '20' },
      seed: { type: 'string', default: '1' },
      every: { type: 'string', default: '10' },
    },
  });
  const [minutes, seed, everySeconds] = [values.minutes, values.seed, values.every].map(Number) as [
    number,
    number,
    number,
  ];
  if (!(minutes > 0) || !(everySeconds > 0) || !Number.isInteger(seed))
    throw new Error('--minutes and --every are positive numbers, --seed is an integer');
  const folder = mkdtempSync(join(tmpdir(), 'tandem-soak-'));
  const out = join(folder, 'soak');
  const config = writeJob(folder);
  const network = loopback(await freePort());
  const cluster = new Cluster({ config, out, network, steps: STEPS, faults: [], settings: PATIENT });
  const stop = () => void RunningTandem.killAll().then(() => process.exit(INTERRUPTED_EXIT_CODE));
  process.once('SIGINT', stop).once('SIGTERM', stop);
  const faults: string[] = [];
  const supervisor = new Supervisor(cluster);
  let steps = 0;
  try {
    const end = performance.now() + minutes * 60_000;
    await waitUntil('the first steps', () => stepsOf(out) > 3, REVIVAL_TIMEOUT_MS);
    for (const fault of randomFaults(seed, everySeconds * 1000)) {
      await sleep(Math.min(fault.afterMs, Math.max(0, end - performance.now())));
      if (performance.now() >= end || supervisor.endedByThemselves.length > 0) break;
      supervisor.strike(fault);
      process.stdout.write(
        `${stepsOf(out)} steps; ${fault.fault} ${fault.victim} for ${(fault.awayMs / 1000).toFixed(1)} s\n`,
      );
    }
    await supervisor.rest();
    faults.push(...supervisor.endedByThemselves);
    if (faults.length === 0) {
      await waitUntil('three workers to train again', () => lastWorld(out) === WORKERS.length, REVIVAL_TIMEOUT_MS);
      supervisor.expectEnd();
      cluster.get('coordinator').kill('SIGINT');
      for (const [name, ran] of cluster.all) {
        const { exitCode } = await ran.finished;
        if (exitCode !== 0) faults.push(`${name} ended with ${ran.signal ?? exitCode}`);
      }
    }
  } catch (error) {
    faults.push((error as Error).message);
  } finally {
    supervisor.expectEnd();
    await cluster.close();
  }
  const left = processesOf(out);
  if (left.length > 0) faults.push(`processes are left: ${left.join('; ')}`);
  steps = stepsOf(out);
  if (faults.length === 0) {
    process.stdout.write(`${steps} steps; now the same on one worker, undisturbed\n`);
    faults.push(...broken(out, await undisturbed({ folder, config, steps }), steps));
  }
  return conclude({ minutes, seed, everySeconds, steps, ...supervisor.counts }, faults, {
    folder,
    output: cluster.output,
  });
}

function stepsOf(out: string): number {
  return metricsOf(out).findLast(({ type }) => type === 'step')?.step ?? 0;
}

function lastWorld(out: string): number {
  return Number(metricsOf(out).findLast(({ type }) => type === 'step')?.['worldSize'] ?? 0);
}

function conclude(
  figures: Parameters<typeof keepSoak>[0],
  faults: readonly string[],
  { folder, output }: { readonly folder: string; readonly output: string },
): number {
  keepSoak(figures, faults.length === 0);
  const { minutes, steps, kills, stops } = figures;
  console.log(
    `${minutes} minutes, ${steps} steps, ${kills} killed, ${stops} stopped: ${faults.length === 0 ? 'nothing lost' : 'FAILED'}`,
  );
  if (faults.length === 0) {
    rmSync(folder, { recursive: true, force: true });
    return 0;
  }
  for (const fault of faults) console.log(fault);
  console.log(output);
  console.log(`the run is in ${folder}`);
  return 1;
}

process.exitCode = await main();
