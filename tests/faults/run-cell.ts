import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../src/support/free-port.js';
import { waitUntil } from '../src/support/wait-until.js';
import { type Cell, needsNetwork, nameOf } from './cells.js';
import { Cluster, mentions } from './cluster.js';
import { broken } from './contracts.js';
import { commitsOf, recoveryMs } from './logs.js';
import { loopback, NamespaceNetwork, type Network } from './network.js';
import { BYSTANDER, type Plan, planOf, RETURN_STEP, STEPS, WORKERS } from './plan.js';
import { isStopped, processesOf } from './processes.js';
import type { Reference } from './reference.js';

export interface CellResult extends Cell {
  readonly passed: boolean;
  /** From the fault to the end of the pause in training that it made; of a fault before training, to its first step. */
  readonly recoveryMs: number | undefined;
  readonly seconds: number;
  /** What was wrong. */
  readonly faults: readonly string[];
}

/** Waits of a cell; all together are its time limit, and one that runs out is a hang. */
const WAIT_MS = 60_000;
/** What comes before the fault is no matter of the cell's: processes start slowly on a crowded machine. */
const START_WAIT_MS = 180_000;
/** A coordinator stands still, or is out of reach, for longer than keep-alive takes to notice. */
const COORDINATOR_AWAY_MS = 15_000;

let cells = 0;

/** Runs one cell, and says what is wrong with how it ended. Throws only for what no run can be blamed for. */
export async function runCell(cell: Cell, reference: Reference, folder: string): Promise<CellResult> {
  const began = performance.now();
  const plan = planOf(cell);
  const out = join(folder, nameOf(cell).replaceAll(' ', '-'));
  const names = ['coordinator', ...WORKERS];
  const network = needsNetwork(cell)
    ? new NamespaceNetwork(names, `${process.pid}-${++cells}`)
    : loopback(await freePort());
  const cluster = new Cluster({
    ...{ config: reference.config, out, network, steps: STEPS, faults: plan.faults },
    // All are waited for, unless one is to come later, or dies in joining.
    settings: ['--set', `cluster.settleMs=${plan.beforeTraining || plan.newcomer !== undefined ? 3000 : 60_000}`],
  });
  const faults: string[] = [];
  let faultTime: number | undefined;
  try {
    await begin(cluster, plan);
    faultTime = await strike(cell, plan, cluster, network);
    await comeBack(cell, plan, cluster, network, faultTime);
    cluster.release(BYSTANDER, RETURN_STEP);
    await waitUntil(
      'the end of all processes',
      () => [...cluster.all.values()].every(({ hasEnded }) => hasEnded),
      WAIT_MS,
    );
    for (const [name, process] of cluster.all) {
      const { exitCode } = await process.finished;
      if (exitCode !== 0) faults.push(`${name} ended with ${process.signal ?? exitCode}`);
    }
    faults.push(...broken(out, reference.out, STEPS));
  } catch (error) {
    faults.push((error as Error).message);
  } finally {
    await cluster.close();
    network.close();
  }
  const left = processesOf(out);
  if (left.length > 0) faults.push(`processes are left: ${left.join('; ')}`);
  const commits = commitsOf(WORKERS.map((name) => cluster.log(name)));
  const recovery =
    faultTime === undefined
      ? undefined
      : recoveryMs(
          commits.filter(({ step }) => step < RETURN_STEP),
          faultTime,
        );
  if (recovery === undefined && faults.length === 0) faults.push('no step was committed after the fault');
  if (faults.length > 0) {
    writeFileSync(`${out}.log`, cluster.output);
    faults.push(`what all processes printed is in ${out}.log`);
  }
  const seconds = (performance.now() - began) / 1000;
  return { ...cell, passed: faults.length === 0, recoveryMs: recovery, seconds, faults };
}

async function begin(cluster: Cluster, { newcomer, arrivalStep }: Plan): Promise<void> {
  cluster.start('coordinator');
  for (const name of WORKERS) if (name !== newcomer) cluster.start(name);
  if (newcomer === undefined) return;
  await reached(cluster, arrivalStep);
  cluster.start(newcomer);
  await waitUntil(`${newcomer} to be prepared`, () => cluster.timesPrepared(newcomer) > 0, START_WAIT_MS);
  cluster.release(BYSTANDER, arrivalStep);
}

/** The bystander stands in this step. */
function reached(cluster: Cluster, step: number): Promise<void> {
  return waitUntil(
    `step ${step}`,
    () => cluster.log(BYSTANDER).some((line) => line.step === step - 1 && line.msg.endsWith('is committed')),
    WAIT_MS,
  );
}

/** Waits for the phase, and does what is to be done. Gives when. */
async function strike({ fault }: Cell, plan: Plan, cluster: Cluster, network: Network): Promise<number> {
  const { trigger, victim } = plan;
  const triggered = cluster.get(trigger);
  await waitUntil(`${trigger} to come to its fault`, () => isStopped(triggered.pid), START_WAIT_MS, 5);
  const process = cluster.get(victim);
  const faultTime = Date.now();
  if (fault === 'kill') {
    process.kill('SIGKILL');
    await process.finished;
  } else if (fault === 'stop') process.kill('SIGSTOP');
  else if (fault === 'cut') network.cut(victim);
  else network.cutOut(victim);
  if (trigger !== victim || needsNetworkOf(fault)) triggered.kill('SIGCONT');
  return faultTime;
}

function needsNetworkOf(fault: Cell['fault']): boolean {
  return fault === 'cut' || fault === 'cut-out';
}

/** The victim is there again, and takes part. */
async function comeBack({ fault }: Cell, plan: Plan, cluster: Cluster, network: Network, since: number): Promise<void> {
  const { victim, beforeTraining } = plan;
  const prepared = WORKERS.map((name) => cluster.timesPrepared(name));
  const isBack = (name: (typeof WORKERS)[number]) => cluster.timesPrepared(name) > prepared[WORKERS.indexOf(name)]!;
  if (victim === 'coordinator') {
    if (fault === 'kill') cluster.start('coordinator', true);
    else {
      await sleep(COORDINATOR_AWAY_MS);
      if (fault === 'stop') cluster.get('coordinator').kill('SIGCONT');
      else network.restore('coordinator');
    }
    const said = (pattern: RegExp) =>
      cluster.log('coordinator').filter(({ time, msg }) => time > since && pattern.test(msg));
    // A generation cannot form before the bystander is released: that all have come back is enough.
    const isDropped = (name: string) => said(/ is gone: /).some(({ msg }) => mentions(msg, name));
    const areBack = () => WORKERS.filter(isDropped).every(isBack);
    const goesOn = () => (fault === 'kill' ? said(/^training (starts|goes on)/).length > 0 : areBack());
    await waitUntil('the workers to be with the coordinator again', goesOn, WAIT_MS);
    return;
  }
  if (fault !== 'kill')
    await waitUntil(
      `the coordinator to miss ${victim}`,
      () =>
        cluster
          .log('coordinator')
          .some(
            ({ time, msg }) =>
              time > since && / is gone: |nothing was heard|is lost|left before/.test(msg) && msg.includes(victim),
          ),
      WAIT_MS,
    );
  if (!beforeTraining)
    await waitUntil(
      'the others to go on',
      () => cluster.log(BYSTANDER).some(({ time, msg }) => time > since && msg.endsWith('is committed')),
      WAIT_MS,
    );
  if (fault === 'kill') cluster.start(victim, true);
  else if (fault === 'stop') cluster.get(victim).kill('SIGCONT');
  else network.restore(victim);
  await waitUntil(`${victim} to be back`, () => isBack(victim as (typeof WORKERS)[number]), WAIT_MS);
}
