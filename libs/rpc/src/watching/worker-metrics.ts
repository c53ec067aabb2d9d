import { stepPhases } from '@tandem/observability';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { ControlBlock } from '../control-block.js';
import type { Generation, StepReportInput } from '../messages.js';
import { WORKER_PHASES } from '../phases.js';
import { addProcessMetrics } from './process-metrics.js';
import { STEP_SECONDS } from './step-seconds.js';
import type { MetricsText } from './watching-server.js';

/** What a worker counts, in its communication thread: a training thread that TensorFlow blocks could not answer. */
export class WorkerMetrics implements MetricsText {
  readonly #registry = new Registry();
  readonly #name: string;
  readonly #steps: Counter;
  readonly #step: Gauge;
  readonly #duration: Histogram;
  readonly #phases: Counter<'phase'>;
  readonly #sent: Counter;
  readonly #generation: Gauge;
  readonly #rank: Gauge;
  readonly #worldSize: Gauge;

  constructor(name: string, control: Pick<ControlBlock, 'progress' | 'readyBatches' | 'coordinatorAway'>) {
    const registers = [this.#registry];
    this.#name = name;
    addProcessMetrics(this.#registry);
    this.#steps = new Counter({
      name: 'tandem_worker_steps_total',
      help: 'Steps that this process has committed.',
      registers,
    });
    this.#step = new Gauge({ name: 'tandem_worker_step', help: 'The last step that was committed.', registers });
    this.#duration = new Histogram({
      name: 'tandem_worker_step_duration_seconds',
      help: 'From the beginning of a step to its commit.',
      buckets: STEP_SECONDS,
      registers,
    });
    this.#phases = new Counter({
      name: 'tandem_worker_phase_seconds_total',
      help: 'Time in each phase of the steps: data, compute, exchange, update.',
      labelNames: ['phase'],
      registers,
    });
    this.#sent = new Counter({
      name: 'tandem_worker_sent_bytes_total',
      help: 'Bytes of gradients sent to peers.',
      registers,
    });
    this.#generation = new Gauge({
      name: 'tandem_worker_generation',
      help: 'The newest generation that this worker is in; 0: none yet.',
      registers,
    });
    this.#rank = new Gauge({ name: 'tandem_worker_rank', help: 'Its rank there; -1: none.', registers });
    this.#worldSize = new Gauge({
      name: 'tandem_worker_world_size',
      help: 'The workers of that generation.',
      registers,
    });
    this.#rank.set(-1);
    new Gauge({
      name: 'tandem_worker_phase',
      help: '1 for what this worker is doing now, 0 for all else.',
      labelNames: ['phase'],
      registers,
      collect() {
        const { phase } = control.progress();
        for (const known of WORKER_PHASES) this.set({ phase: known }, known === phase ? 1 : 0);
      },
    });
    new Gauge({
      name: 'tandem_worker_ready_batches',
      help: 'Batches that were prepared and waiting when one was taken last, up to data.prefetch.',
      registers,
      collect() {
        this.set(control.readyBatches);
      },
    });
    new Gauge({
      name: 'tandem_worker_coordinator_connected',
      help: '1 while this worker is in touch with its coordinator.',
      registers,
      collect() {
        this.set(control.coordinatorAway ? 0 : 1);
      },
    });
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  render(): Promise<string> {
    return this.#registry.metrics();
  }

  entered({ number, members }: Pick<Generation, 'number' | 'members'>): void {
    this.#generation.set(number);
    this.#rank.set(members.find(({ name }) => name === this.#name)?.rank ?? -1);
    this.#worldSize.set(members.length);
  }

  stepped(report: StepReportInput): void {
    const { step = 0, stepMs = 0, dataMs = 0, computeMs = 0, exchangeMs = 0, updateMs = 0, bytesSent = 0 } = report;
    this.#steps.inc();
    this.#step.set(Number(step));
    this.#duration.observe(Number(stepMs) / 1000);
    const ms = { data: dataMs, compute: computeMs, exchange: exchangeMs, update: updateMs };
    for (const phase of stepPhases) this.#phases.inc({ phase }, Math.max(0, Number(ms[phase])) / 1000);
    this.#sent.inc(Number(bytesSent));
  }
}
