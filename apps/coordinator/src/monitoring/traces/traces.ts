import { isMultiple, monotonicUs } from '@tandem/observability';
import type { StepReport, TimelineBatch, TimelineEvent } from '@tandem/rpc';
import type { Member } from '../../membership/member.js';
import { ownSamples } from '../../metrics/own-samples.js';
import type { EvaluationRow, StepRow } from '../../metrics/rows.js';
import type { MonitoredCheckpoint, RunMonitor } from '../run-monitor.js';
import { OpenTrace, type TraceConclusion } from './open-trace.js';
import { TRACE_KINDS, type TraceKind } from './trace-id.js';
import type { TraceSink } from './trace-sink.js';
import type { TraceAttributes } from './trace.js';

/** Workers send what they did twice a second, when their streams are not busy. What is not there after so long is not waited for. */
export const TRACE_PATIENCE_MS = 10_000;

/** Traces that are put together at once; beyond, the oldest goes as it is. */
const MAX_OPEN = 64;

/** What comes later of an older one is of no use. */
const KEPT_GENERATIONS = 16;

/** Traces that have gone, of which something may still come. */
const MAX_GONE = 1_024;

export interface TracesOptions {
  /** Traces are of each step that is a multiple of this. */
  readonly everySteps: number;
  readonly sink: Pick<TraceSink, 'send'>;
  readonly runId: () => string;
  /** Pieces of a global batch; undefined: one a rank. */
  readonly microBatches: () => number | undefined;
  /** Default: TRACE_PATIENCE_MS. */
  readonly patienceMs?: number;
}

/**
 * Makes a trace of each of some steps, of what the workers did and when it was in the books; and of the evaluations and checkpoints
 * after them. A trace goes when it is complete; or, where a rank is lost or says no more, some time after there is nothing to wait for.
 */
export class Traces implements RunMonitor {
  readonly #options: TracesOptions;
  readonly #open = new Map<string, { readonly trace: OpenTrace; timer: NodeJS.Timeout | undefined }>();
  readonly #gone = new Set<string>();
  /** Of the newest generations, who has which rank. */
  readonly #ranks = new Map<number, ReadonlyMap<string, number>>();
  #generation = 0;
  /** What is in the books from before. */
  #bookedBefore = 0;

  constructor(options: TracesOptions) {
    this.#options = options;
  }

  began(step: number): void {
    this.#bookedBefore = step;
  }

  formed(generation: number, workers: readonly Pick<Member, 'name'>[]): void {
    this.#ranks.set(generation, new Map(workers.map(({ name }, rank) => [name, rank])));
    const [oldest] = this.#ranks.keys();
    if (this.#ranks.size > KEPT_GENERATIONS) this.#ranks.delete(oldest!);
    this.#enter(generation);
  }

  recorded({ name, hello }: Pick<Member, 'name' | 'hello'>, batch: TimelineBatch): void {
    const { generation, events, clockErrorUs } = batch;
    // What it did before it had its present rank was done with another one.
    const rank = this.#ranks.get(generation)?.get(name);
    if (rank === undefined) return;
    const worker = { name, host: hello.host, clockErrorUs };
    for (const event of events) {
      const trace = this.#traceOf(kindOf(event), generation, event.step);
      trace?.add(rank, worker, event);
      if (trace?.isComplete === true) this.#emit(trace);
    }
  }

  stepped(row: StepRow, reports: readonly StepReport[]): void {
    const { step, generation, worldSize } = row;
    const microBatches = this.#options.microBatches();
    const ranks = reports.length === worldSize ? reports : [];
    this.#conclude('step', generation, step, {
      worldSize,
      attributes: stepAttributes(row),
      ranks: ranks.map((report, rank) => rankAttributes(report, ownSamples(report, rank, microBatches))),
      work: { name: 'commit' },
    });
  }

  evaluated({ step, top1, top5, loss }: EvaluationRow): void {
    const generation = this.#newestOf('evaluation', step);
    this.#conclude('evaluation', generation, step, {
      worldSize: this.#ranks.get(generation)?.size ?? 0,
      attributes: { 'tandem.top1_error': top1, 'tandem.top5_error': top5, 'tandem.loss': loss },
      ranks: [],
      work: { name: 'commit' },
    });
  }

  checkpointWritten({ step, ms }: Pick<MonitoredCheckpoint, 'step' | 'ms'>): void {
    const generation = this.#newestOf('checkpoint', step);
    this.#conclude('checkpoint', generation, step, {
      ...{ worldSize: this.#ranks.get(generation)?.size ?? 0, attributes: {}, ranks: [] },
      work: { name: 'write', sinceUs: monotonicUs() - 1e3 * ms },
    });
  }

  close(): void {
    for (const { trace } of [...this.#open.values()]) this.#emit(trace);
  }

  /** The newest generation that has begun it. */
  #newestOf(kind: TraceKind, step: number): number {
    const begun = [...this.#open.values()].map(({ trace }) => trace.key);
    const generations = begun.filter((key) => key.kind === kind && key.step === step).map((key) => key.generation);
    return generations.length > 0 ? Math.max(...generations) : this.#generation;
  }

  #conclude(kind: TraceKind, generation: number, step: number, conclusion: Omit<TraceConclusion, 'atUs'>): void {
    const trace = this.#traceOf(kind, generation, step);
    if (trace === undefined) return;
    trace.conclude({ ...conclusion, atUs: monotonicUs() });
    if (trace.isComplete) this.#emit(trace);
    else this.#waitFor(trace);
  }

  /** Undefined: there is to be none, or it has gone. */
  #traceOf(kind: TraceKind, generation: number, step: number): OpenTrace | undefined {
    if (!isMultiple(step, this.#options.everySteps)) return undefined;
    const name = nameOf(kind, generation, step);
    const known = this.#open.get(name);
    if (known !== undefined) return known.trace;
    if (this.#gone.has(name)) return undefined;
    const isBooked = step <= this.#bookedBefore;
    const trace = new OpenTrace({ kind, generation, step, runId: this.#options.runId() }, isBooked);
    for (const before of this.#open.values()) if (isPast(before.trace, trace)) this.#waitFor(before.trace);
    this.#open.set(name, { trace, timer: undefined });
    // It comes late: there is no conclusion to wait for.
    if (isBooked || generation < this.#generation) this.#waitFor(trace);
    const [oldest] = this.#open.values();
    if (this.#open.size > MAX_OPEN) this.#emit(oldest!.trace);
    return trace;
  }

  /** What members of generations before have not finished, they will not finish any more. */
  #enter(generation: number): void {
    if (generation <= this.#generation) return;
    this.#generation = generation;
    for (const { trace } of this.#open.values()) if (trace.key.generation < generation) this.#waitFor(trace);
  }

  #waitFor(trace: OpenTrace): void {
    const { kind, generation, step } = trace.key;
    const open = this.#open.get(nameOf(kind, generation, step));
    if (open === undefined) return;
    const { patienceMs = TRACE_PATIENCE_MS } = this.#options;
    open.timer ??= setTimeout(() => this.#emit(trace), patienceMs);
    open.timer.unref();
  }

  #emit(trace: OpenTrace): void {
    const { kind, generation, step } = trace.key;
    const name = nameOf(kind, generation, step);
    clearTimeout(this.#open.get(name)?.timer);
    this.#open.delete(name);
    this.#gone.add(name);
    const [first] = this.#gone;
    if (this.#gone.size > MAX_GONE) this.#gone.delete(first!);
    // Anew for each: the machine's clock may have been set meanwhile.
    this.#options.sink.send(trace.finish(1e3 * Date.now() - monotonicUs()));
  }
}

function nameOf(kind: TraceKind, generation: number, step: number): string {
  return `${generation}/${step}/${kind}`;
}

/** There is one evaluation and one checkpoint at a time; a checkpoint that turned out not to be among the best is not written. */
function isPast({ key }: OpenTrace, { key: next }: OpenTrace): boolean {
  return key.kind === next.kind && key.kind !== 'step' && key.step < next.step;
}

/** An evaluation and a checkpoint come after their step, and are more than a part of it. */
function kindOf({ track, name }: TimelineEvent): TraceKind {
  return (track === 'TRAINING' && TRACE_KINDS.find((kind) => kind === name)) || 'step';
}

function stepAttributes({ epoch, samples, loss, learningRate, imagesPerSecond, skipped }: StepRow): TraceAttributes {
  return {
    ...{ 'tandem.epoch': epoch, 'tandem.images': samples, 'tandem.images_per_second': imagesPerSecond },
    ...{ 'tandem.loss': loss, 'tandem.learning_rate': learningRate },
    ...(skipped === true && { 'tandem.skipped': true }),
  };
}

function rankAttributes(report: StepReport, images: number): TraceAttributes {
  const { bytesSent, dataMs, computeMs, exchangeMs, updateMs } = report;
  return {
    ...{ 'tandem.images': images, 'tandem.bytes_sent': bytesSent },
    ...{ 'tandem.data_ms': rounded(dataMs), 'tandem.compute_ms': rounded(computeMs) },
    ...{ 'tandem.exchange_ms': rounded(exchangeMs), 'tandem.update_ms': rounded(updateMs) },
  };
}

/** To microseconds. */
function rounded(ms: number): number {
  return Math.round(1e3 * ms) / 1e3;
}
