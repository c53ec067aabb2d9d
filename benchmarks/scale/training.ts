import { cpus } from 'node:os';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { smallConfig, type SmallRun } from './small-network.js';
import { paperConfig } from '../paper-network.js';
import { measureTandem, type TandemFigures } from '../tandem-run.js';
import { communicationMs, type CommunicationCosts } from './communication-costs.js';
import { type ComputeProfile, readProfile } from './compute-profile.js';
import { heaviestTraffic, mostBytesSent, planExchange } from './plan.js';

/** The 1000 classes of the paper's network; its images have colours. */
const DATA = { classes: 1000, channels: 3 };

export interface BytesRow {
  readonly network: string;
  readonly workers: number;
  readonly exchange: Readonly<Record<string, string>>;
  readonly microBatches: number;
  readonly factors: readonly string[];
  readonly measured: number;
  readonly predicted: number;
}

export interface StepRow extends BytesRow {
  readonly localBatch: number;
  readonly figures: TandemFigures;
  /** Processor time of a worker and step, by the model; of one worker, it is the measured one. */
  readonly predictedCpuMs: number;
  readonly predictedStepMs: number;
}

export interface StepsOptions {
  readonly scratch: string;
  readonly localBatch: number;
  readonly worlds: readonly number[];
  readonly warmUpSteps: number;
  readonly measuredSteps: number;
  readonly width: number;
  readonly exchange: Readonly<Record<string, string>>;
  readonly costs: CommunicationCosts;
  /** What one worker takes, where it is known. Default: measured, in the first of `worlds`. */
  readonly alone?: Alone;
}

interface Alone {
  readonly cpuMs: number;
  readonly profile: ComputeProfile;
}

/** The paper's network, the same local batch at every world size. A world of one comes first: it says what computing takes. */
export async function measureSteps(options: StepsOptions): Promise<{ rows: StepRow[]; alone: Alone }> {
  const { scratch, localBatch, worlds, exchange, costs, width } = options;
  const rows: StepRow[] = [];
  let { alone } = options;
  for (const workers of worlds) {
    const folder = join(scratch, `paper-${localBatch}-${workers}-${Object.values(exchange).join('-')}`);
    const config = paperConfig({ images: join(scratch, 'images'), lrn: true, localBatch, workers, exchange, width });
    const { warmUpSteps, measuredSteps } = options;
    const timeline = `${folder}-timeline.json`;
    const figures = await measureTandem({
      ...{ folder, config, workers, globalBatch: localBatch * workers, warmUpSteps, measuredSteps },
      ...(workers === 1 && { timeline }),
    });
    if (workers === 1) alone ??= { cpuMs: figures.cpuMs, profile: readProfile(timeline, localBatch) };
    if (alone === undefined) throw new Error('what one worker takes is measured first');
    rmSync(folder, { recursive: true, force: true });
    const plan = planExchange(config, DATA);
    const { products } = alone.profile;
    const productMs = plan.factors.reduce((sum, layer) => sum + products[layer]!, 0);
    const more = (productMs * localBatch * (workers - 1)) / alone.profile.rows;
    const communication = workers === 1 ? 0 : communicationMs(costs, heaviestTraffic(plan, workers));
    const predictedCpuMs = alone.cpuMs + more + communication;
    const row = {
      ...{ network: 'paper', workers, localBatch, exchange, microBatches: plan.microBatches, factors: plan.factors },
      ...{ figures, measured: figures.bytesSent, predicted: mostBytesSent(plan, workers) },
      predictedCpuMs,
      predictedStepMs: (predictedCpuMs * workers) / Math.min(workers, cpus().length),
    };
    rows.push(row);
    const { stepMs, cpuMs, coordinatorShare } = figures;
    process.stderr.write(
      `paper, ${workers} worker(s), local batch ${localBatch}: ${stepMs.toFixed(0)} ms a step, ${cpuMs.toFixed(0)} ms of a core ` +
        `(${row.predictedCpuMs.toFixed(0)} by the model), ${row.measured} bytes (${row.predicted}), ` +
        `coordinator ${(100 * coordinatorShare).toFixed(2)} % of a core\n`,
    );
  }
  return { rows, alone: alone! };
}

/** Bytes of the small network in every way to exchange them. */
export async function measureBytes(scratch: string, runs: readonly SmallRun[]): Promise<BytesRow[]> {
  const rows: BytesRow[] = [];
  for (const [at, run] of runs.entries()) {
    const config = smallConfig(scratch, run);
    const { workers, globalBatch, exchange } = run;
    const folder = join(scratch, `small-${at}`);
    const figures = await measureTandem({ folder, config, workers, globalBatch, warmUpSteps: 1, measuredSteps: 3 });
    rmSync(folder, { recursive: true, force: true });
    const plan = planExchange(config, { classes: 2, channels: 3 });
    const predicted = mostBytesSent(plan, workers);
    const { microBatches, factors } = plan;
    rows.push({ network: 'small', workers, exchange, microBatches, factors, measured: figures.bytesSent, predicted });
    process.stderr.write(
      `small, ${workers} worker(s), ${JSON.stringify(exchange)}: ${figures.bytesSent} bytes (${predicted} by the model)\n`,
    );
  }
  return rows;
}
