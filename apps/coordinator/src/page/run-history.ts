import { randomUUID } from 'node:crypto';
import {
  type HistoryMessage,
  type LogRow,
  type Mark,
  MAX_EVALUATIONS,
  MAX_LOG_ROWS,
  MAX_MARKS,
  type MarkKind,
} from '@tandem/page';
import type { LogEntry } from '@tandem/observability';
import type { StepReport } from '@tandem/rpc';
import type { EvaluationRow, MetricsRow, StepRow } from '../metrics/rows.js';
import type { RunMonitor } from '../monitoring/run-monitor.js';
import { RankBreakdown } from './rank-breakdown.js';
import { Recent } from './recent.js';
import { StepHistory } from './step-history.js';

export interface RunHistoryOptions {
  /** What is in metrics.jsonl up to a step. */
  readonly recorded: (step: number, signal: AbortSignal) => AsyncIterable<MetricsRow>;
  /** The metrics cannot be read. */
  readonly failed: (error: unknown) => void;
}

const MARKS: Readonly<Record<string, MarkKind>> = {
  'worker.joined': 'joined',
  'worker.lost': 'lost',
  'generation.formed': 'generation',
};

/**
 * What the page shows of a run, bounded. All that comes gets the next number of one sequence, so that whoever has all up to a
 * number can be told the rest. Where what was told no longer holds (the run went back to a checkpoint), the sequence begins
 * anew under another name.
 */
export class RunHistory implements RunMonitor {
  readonly #options: RunHistoryOptions;
  readonly #steps = new StepHistory();
  readonly #evaluations = new Recent<EvaluationRow>(MAX_EVALUATIONS);
  readonly #marks = new Recent<Mark>(MAX_MARKS);
  readonly #log = new Recent<LogRow>(MAX_LOG_ROWS);
  readonly #breakdown = new RankBreakdown();
  #name: string = randomUUID();
  #sequence = 0;
  #step = 0;
  #reading: AbortController | undefined;
  /** Rows that came while what was recorded is read. */
  #waiting: MetricsRow[] = [];

  constructor(options: RunHistoryOptions) {
    this.#options = options;
  }

  /** What a client has when it has been told all: "NAME.NUMBER". */
  get position(): string {
    return `${this.#name}.${this.#sequence}`;
  }

  get breakdown() {
    return this.#breakdown.rows;
  }

  /** What a client at `position` lacks; undefined: nothing of what it has holds, and it needs all. */
  since(position: string | undefined): HistoryMessage | undefined {
    const [, name, number] = /^([^.]+)\.(\d{1,15})$/.exec(position ?? '') ?? [];
    return name === this.#name ? this.#after(Number(number)) : undefined;
  }

  all(): HistoryMessage {
    return this.#after(0);
  }

  /** Steps after `step` no longer hold: all up to it is read from metrics.jsonl; what comes meanwhile waits for its place. */
  began(step: number): void {
    this.#reading?.abort();
    this.#reading = undefined;
    this.#restart();
    if (step > 0) void this.#read(step);
  }

  stepped(row: StepRow, reports: readonly StepReport[]): void {
    this.#breakdown.add(row.worldSize, reports);
    this.#take(row);
  }

  evaluated(row: EvaluationRow): void {
    this.#take(row);
  }

  /** A line of the cluster's log. */
  logged({ timeMs, level, event, message, process, rank, step }: LogEntry): void {
    const row = { timeMs, level, event, message, process, rank: rank ?? null, step: step ?? null };
    this.#log.add(++this.#sequence, row);
    const kind = process === 'coordinator' ? MARKS[event] : undefined;
    if (kind !== undefined)
      this.#marks.add(++this.#sequence, { kind, step: step ?? this.#step, timeMs, text: message });
  }

  close(): void {
    this.#reading?.abort();
  }

  #after(sequence: number): HistoryMessage {
    const rows = this.#evaluations.since(sequence);
    return {
      steps: this.#steps.since(sequence),
      evaluations: {
        step: rows.map(({ step }) => step),
        top1: rows.map(({ top1 }) => top1),
        top5: rows.map(({ top5 }) => top5),
        loss: rows.map(({ loss }) => loss),
      },
      marks: this.#marks.since(sequence),
      log: this.#log.since(sequence),
    };
  }

  /** Forgets what the metrics say; what happened and was logged stays true. */
  #restart(): void {
    const marks = this.#marks.since(0).filter(({ timeMs }) => timeMs !== null);
    const log = this.#log.since(0);
    this.#name = randomUUID();
    this.#sequence = 0;
    this.#waiting = [];
    for (const part of [this.#steps, this.#evaluations, this.#marks, this.#log]) part.clear();
    for (const mark of marks) this.#marks.add(++this.#sequence, mark);
    for (const row of log) this.#log.add(++this.#sequence, row);
  }

  #take(row: MetricsRow): void {
    if (this.#reading === undefined) this.#add(row);
    else this.#waiting.push(row);
  }

  #add(row: MetricsRow): void {
    if (row.type === 'eval') return this.#evaluations.add(++this.#sequence, row);
    this.#step = row.step;
    this.#steps.add(++this.#sequence, row);
  }

  async #read(step: number): Promise<void> {
    const reading = new AbortController();
    this.#reading = reading;
    let before: StepRow | undefined;
    try {
      for await (const row of this.#options.recorded(step, reading.signal)) {
        if (reading.signal.aborted) return;
        if (row.type === 'step') {
          if (row.generation !== before?.generation || row.worldSize !== before.worldSize) this.#recordedMark(row);
          before = row;
        }
        this.#add(row);
      }
    } catch (error) {
      this.#options.failed(error);
    }
    if (reading.signal.aborted) return;
    this.#reading = undefined;
    for (const row of this.#waiting.splice(0)) this.#add(row);
  }

  #recordedMark({ step, generation, worldSize }: StepRow): void {
    const text = `generation ${generation} trained with ${worldSize} worker${worldSize === 1 ? '' : 's'}`;
    this.#marks.add(++this.#sequence, { kind: 'generation', step: step - 1, timeMs: null, text });
  }
}
