import { stepPhases } from '@tandem/observability';
import { type ClusterStatusInput, type MetricsText, STEP_SECONDS, type StepReport } from '@tandem/rpc';
import { addProcessMetrics } from '@tandem/rpc/metrics';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { EvaluationRow, StepRow } from '../metrics/rows.js';
import { runStates } from '../run-life.js';
import type { MonitoredCheckpoint, RunMonitor } from './run-monitor.js';

/** Bounds of the histogram of checkpoint times. */
const CHECKPOINT_SECONDS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300];

/** What a coordinator counts of its run, for Prometheus. Counters begin at 0 with the process; docs/metrics.md has them all. */
export class RunMetrics implements RunMonitor, MetricsText {
  readonly #registry = new Registry();

  /** @param status of the run, asked for at each scrape */
  constructor(status: () => ClusterStatusInput) {
    const registers = [this.#registry];
    addProcessMetrics(this.#registry);
    new Gauge({
      name: 'tandem_run_info',
      help: '1, with the id of the run.',
      labelNames: ['run_id'],
      registers,
      collect() {
        this.reset();
        this.set({ run_id: status().runId ?? '' }, 1);
      },
    });
    new Gauge({
      name: 'tandem_run_state',
      help: '1 for the state that the run is in, 0 for all others.',
      labelNames: ['state'],
      registers,
      collect() {
        const { state } = status();
        for (const known of runStates) this.set({ state: known }, known === state ? 1 : 0);
      },
    });
    const asked = (name: string, help: string, value: (status: ClusterStatusInput) => number | undefined) =>
      new Gauge({
        name,
        help,
        registers,
        collect() {
          this.set(value(status()) ?? 0);
        },
      });
    asked('tandem_generation', 'The newest generation; 0: none yet.', ({ generation }) => Number(generation));
    asked('tandem_workers_connected', 'Workers that are connected.', ({ members }) => members?.length);
    asked('tandem_planned_steps', 'Steps that the run is to have in all; 0: not known yet.', ({ totalSteps }) =>
      Number(totalSteps),
    );
    asked('tandem_committed_step', 'The last step that all ranks have committed.', ({ step }) => Number(step));
    asked('tandem_images_per_second', 'Over the last steps; 0: none yet.', ({ imagesPerSecond }) =>
      Number(imagesPerSecond),
    );
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  render(): Promise<string> {
    return this.#registry.metrics();
  }

  readonly #epoch = this.#gauge('tandem_epoch', 'The epoch of the last step, from 1.');
  readonly #loss = this.#gauge('tandem_loss', 'Mean loss of the last step’s global batch, before the update.');
  readonly #learningRate = this.#gauge('tandem_learning_rate', 'Of the last step’s update.');
  readonly #worldSize = this.#gauge('tandem_world_size', 'Workers that computed the last step.');
  readonly #steps = this.#counter('tandem_steps_total', 'Steps that were committed.');
  readonly #skipped = this.#counter(
    'tandem_skipped_steps_total',
    'Steps that changed nothing, because their loss or gradient was not finite.',
  );
  readonly #samples = this.#counter('tandem_samples_total', 'Training samples of the steps that were committed.');
  readonly #duration = new Histogram({
    name: 'tandem_step_duration_seconds',
    help: 'Of the slowest rank, from the beginning of a step to its commit.',
    buckets: STEP_SECONDS,
    registers: [this.#registry],
  });
  readonly #phases = new Counter({
    name: 'tandem_phase_seconds_total',
    help: 'Time of each rank in each phase of the steps: data, compute, exchange, update.',
    labelNames: ['rank', 'phase'],
    registers: [this.#registry],
  });
  readonly #sent = new Counter({
    name: 'tandem_sent_bytes_total',
    help: 'Bytes of gradients that each rank has sent.',
    labelNames: ['rank'],
    registers: [this.#registry],
  });
  readonly #checkpoints = new Histogram({
    name: 'tandem_checkpoint_duration_seconds',
    help: 'Of checkpoints that were written, from asking for the state to the last file.',
    buckets: CHECKPOINT_SECONDS,
    registers: [this.#registry],
  });
  readonly #checkpointStep = this.#gauge(
    'tandem_checkpoint_step',
    'The step of the newest checkpoint of this process.',
  );
  readonly #checkpointTime = this.#gauge('tandem_checkpoint_timestamp_seconds', 'When it was written, since 1970.');
  readonly #checkpointFailures = this.#counter(
    'tandem_checkpoint_failures_total',
    'Attempts at a checkpoint that failed.',
  );
  readonly #lost = this.#counter('tandem_workers_lost_total', 'Workers that were lost while they trained.');
  readonly #evaluationStep = this.#gauge('tandem_evaluation_step', 'The step after which was evaluated last.');
  readonly #evaluationLoss = this.#gauge('tandem_evaluation_loss', 'Mean loss over the evaluation set.');
  readonly #errors = new Gauge({
    name: 'tandem_evaluation_error_ratio',
    help: 'Of the evaluation set: without the label among the 1 or 5 first guesses.',
    labelNames: ['top'],
    registers: [this.#registry],
  });

  stepped(row: StepRow, reports: readonly StepReport[]): void {
    this.#epoch.set(row.epoch);
    this.#loss.set(row.loss);
    this.#learningRate.set(row.learningRate);
    this.#worldSize.set(row.worldSize);
    this.#steps.inc();
    if (row.skipped) this.#skipped.inc();
    this.#samples.inc(row.samples);
    this.#duration.observe(row.stepMs / 1000);
    // Of a step that not all lived to tell, who is who is not known.
    if (reports.length !== row.worldSize) return;
    for (const [rank, report] of reports.entries()) {
      const { dataMs, computeMs, exchangeMs, updateMs } = report;
      const ms = { data: dataMs, compute: computeMs, exchange: exchangeMs, update: updateMs };
      for (const phase of stepPhases) this.#phases.inc({ rank, phase }, Math.max(0, ms[phase]) / 1000);
      this.#sent.inc({ rank }, report.bytesSent);
    }
  }

  evaluated({ step, top1, top5, loss }: EvaluationRow): void {
    this.#evaluationStep.set(step);
    this.#evaluationLoss.set(loss);
    this.#errors.set({ top: 1 }, top1);
    this.#errors.set({ top: 5 }, top5);
  }

  checkpointWritten({ step, ms }: MonitoredCheckpoint): void {
    this.#checkpoints.observe(ms / 1000);
    this.#checkpointStep.set(step);
    this.#checkpointTime.setToCurrentTime();
  }

  checkpointFailed(): void {
    this.#checkpointFailures.inc();
  }

  workerLost(): void {
    this.#lost.inc();
  }

  #gauge(name: string, help: string): Gauge {
    return new Gauge({ name, help, registers: [this.#registry] });
  }

  #counter(name: string, help: string): Counter {
    return new Counter({ name, help, registers: [this.#registry] });
  }
}
