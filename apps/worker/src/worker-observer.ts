import { type FaultPoint, RunError } from '@tandem/core';
import type { Logger, StepPhase, TimelineRecorder } from '@tandem/observability';
import type { Communication, GenerationMessage, WorkerPhase } from '@tandem/rpc';
import type { NonFiniteStep, PieceErrors, Replica, StepResult, TrainingObserver } from '@tandem/training';
import type { Progress } from './progress.js';
import { evaluationReport, nonFiniteReport, stepReport } from './report.js';
import type { SnapshotOffers } from './snapshot-offers.js';

export interface WorkerObserverOptions {
  readonly communication: Communication;
  readonly generation: GenerationMessage;
  readonly startStep: number;
  readonly replica: Replica;
  readonly totalPieces: number;
  /** The pieces of the evaluation after the last step that this rank was not dealt; fewer, where it is booked before all are done. */
  readonly evaluateOthers: () => Promise<readonly PieceErrors[]>;
  readonly log: Logger;
  readonly timeline: TimelineRecorder | undefined;
  readonly progress: Progress;
  readonly snapshots: SnapshotOffers;
  readonly faultPoint: FaultPoint;
  /** Of all evaluations that the last step went by. */
  readonly evaluationErrors: () => readonly number[];
}

/** Carries the loop's progress to the coordinator, and its orders to the loop. */
export class WorkerObserver implements TrainingObserver {
  readonly #options: WorkerObserverOptions;
  #step: number;

  constructor(options: WorkerObserverOptions) {
    this.#options = options;
    this.#step = options.startStep;
    options.timeline?.enter(options.generation.number);
  }

  /** What the heartbeats say that this worker is doing. */
  phase(phase: WorkerPhase): void {
    this.#options.communication.setPhase(this.#step, phase);
  }

  /** A phase of the next step begins. */
  enter(phase: StepPhase): void {
    this.phase(phase);
    const { timeline, faultPoint } = this.#options;
    faultPoint(phase, this.#step + 1);
    if (timeline === undefined) return;
    if (phase === 'data') timeline.beginStep(this.#step + 1);
    timeline.begin(phase);
  }

  leave(phase: StepPhase): void {
    this.#options.timeline?.end(phase);
  }

  committed(result: StepResult): void {
    const { communication, generation, log, timeline, progress, evaluationErrors } = this.#options;
    timeline?.end('step');
    this.#step = result.step;
    log.context.step = result.step;
    progress.committed(result.step, evaluationErrors());
    communication.report({ step: stepReport(generation, result) });
    log.debug(
      { event: 'step', step: result.step, loss: result.loss, ...result.times.phaseMs },
      `step ${result.step} is committed`,
    );
  }

  /**
   * Resolves when all ranks' pieces are in the books: while this rank holds the next step back, the others can do the evaluation again
   * without it. Where the coordinator is away, when this rank has all pieces itself: others may be gone before it is back, and theirs with
   * them.
   */
  async evaluated(step: number, pieces: readonly PieceErrors[]): Promise<void> {
    const { communication, generation, totalPieces, progress, evaluateOthers, log } = this.#options;
    const report = (of: readonly PieceErrors[]) =>
      communication.report({ evaluation: evaluationReport(generation.number, step, totalPieces, of) });
    report(pieces);
    const others = totalPieces - pieces.length;
    if (!(await communication.generations.evaluationBooked(generation.number, step)) && others > 0) {
      log.info(
        { event: 'evaluation.alone', step, pieces: others },
        `the coordinator is away: this worker evaluates the ${others} pieces of the others too, after step ${step}`,
      );
      report(await evaluateOthers());
    }
    progress.evaluated(step);
  }

  nonFinite(found: NonFiniteStep): void {
    const { communication, generation, log } = this.#options;
    communication.report({ nonFinite: nonFiniteReport(generation.number, found) });
    log.warn({ event: 'step.not-finite', ...found }, `the loss or gradient of step ${found.step} is not finite`);
  }

  /** Every rank says what its weights are. */
  compareReplicas(step: number): void {
    this.#sayChecksums(step, false);
  }

  /** Every rank says what its state is; rank 0's is kept. */
  async checkpoint(step: number, epoch: number, wanted: 'always' | 'if best'): Promise<void> {
    const { timeline } = this.#options;
    const keep = () => this.#keep(step, epoch, wanted);
    await (timeline === undefined ? keep() : timeline.measure('checkpoint', keep));
  }

  /** Throws when the generation or the run is over for this worker, whatever it would do next. */
  stopRequested(): boolean {
    const { communication, generation } = this.#options;
    communication.generations.checkPresent(generation.number);
    if (communication.lost !== undefined) throw communication.lost;
    const { end } = communication;
    if (end?.failed === true)
      throw new RunError({ code: 'TANDEM_RUN_FAILED', what: `the run has failed: ${end.reason}` });
    return communication.stopReason !== undefined;
  }

  #sayChecksums(step: number, all: boolean): void {
    const { communication, generation, replica } = this.#options;
    if (generation.members.length === 1) return;
    const parameterDigests = replica.checksums(all);
    communication.report({ digest: { generation: generation.number, step, parameterDigests } });
  }

  async #keep(step: number, epoch: number, wanted: 'always' | 'if best'): Promise<void> {
    const { generation, snapshots, faultPoint } = this.#options;
    this.phase('checkpoint');
    faultPoint('checkpoint', step);
    this.#sayChecksums(step, true);
    if (generation.rank === 0) await snapshots.offer(step, epoch, wanted === 'if best');
  }
}
