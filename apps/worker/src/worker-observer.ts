import { describeError, RunError } from '@tandem/core';
import type { Logger, StepPhase, TimelineRecorder } from '@tandem/observability';
import type { Communication, GenerationMessage, WorkerPhase } from '@tandem/rpc';
import type { NonFiniteStep, PieceErrors, Replica, StepResult, TrainingObserver } from '@tandem/training';
import { evaluationReport, nonFiniteReport, stepReport } from './report.js';

export interface WorkerObserverOptions {
  readonly communication: Communication;
  readonly generation: GenerationMessage;
  readonly replica: Replica;
  readonly totalPieces: number;
  readonly log: Logger;
  readonly timeline: TimelineRecorder | undefined;
}

/** Carries the loop's progress to the coordinator, and its orders to the loop. */
export class WorkerObserver implements TrainingObserver {
  readonly #options: WorkerObserverOptions;
  /** The last state that was offered, and whether it has been taken. */
  #offer: Promise<void> = Promise.resolve();
  #snapshot: SharedArrayBuffer | undefined;
  #step: number;

  constructor(options: WorkerObserverOptions) {
    this.#options = options;
    this.#step = options.generation.step;
  }

  /** What the heartbeats say that this worker is doing. */
  phase(phase: WorkerPhase): void {
    this.#options.communication.setPhase(this.#step, phase);
  }

  /** A phase of the next step begins. */
  enter(phase: StepPhase): void {
    this.phase(phase);
    const { timeline } = this.#options;
    if (timeline === undefined) return;
    if (phase === 'data') timeline.beginStep(this.#step + 1);
    timeline.begin(phase);
  }

  leave(phase: StepPhase): void {
    this.#options.timeline?.end(phase);
  }

  committed(result: StepResult): void {
    const { communication, generation, log, timeline } = this.#options;
    timeline?.end('step');
    this.#step = result.step;
    communication.report({ step: stepReport(generation.number, result) });
    log.debug({ step: result.step, loss: result.loss, ...result.times.phaseMs }, `step ${result.step} is committed`);
  }

  evaluated(step: number, pieces: readonly PieceErrors[]): void {
    const { communication, generation, totalPieces } = this.#options;
    communication.report({ evaluation: evaluationReport(generation.number, step, totalPieces, pieces) });
  }

  nonFinite(found: NonFiniteStep): void {
    const { communication, generation, log } = this.#options;
    communication.report({ nonFinite: nonFiniteReport(generation.number, found) });
    log.warn({ ...found }, `the loss or gradient of step ${found.step} is not finite`);
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

  /** Throws when the run is over for this worker, whatever it would do next. */
  stopRequested(): boolean {
    const { communication } = this.#options;
    if (communication.lost !== undefined) throw communication.lost;
    const { end } = communication;
    if (end?.failed === true)
      throw new RunError({ code: 'TANDEM_RUN_FAILED', what: `the run has failed: ${end.reason}` });
    return communication.stopReason !== undefined;
  }

  /** Resolves when the coordinator has the last state; rejects when it could not be kept. */
  async lastCheckpointTaken(): Promise<void> {
    await this.#offer;
  }

  #sayChecksums(step: number, all: boolean): void {
    const { communication, generation, replica } = this.#options;
    if (generation.members.length === 1) return;
    const parameterDigests = replica.checksums(all);
    communication.report({ digest: { generation: generation.number, step, parameterDigests } });
  }

  async #keep(step: number, epoch: number, wanted: 'always' | 'if best'): Promise<void> {
    const { communication, generation, replica, log } = this.#options;
    this.phase('checkpoint');
    this.#sayChecksums(step, true);
    if (generation.rank !== 0) return;
    // One snapshot at a time: its memory is read until the coordinator has it.
    await this.#offer.catch(() => undefined);
    this.#snapshot ??= new SharedArrayBuffer(replica.stateBytes);
    replica.snapshot(this.#snapshot);
    this.#offer = communication.offerSnapshot(step, epoch, this.#snapshot, wanted === 'if best');
    this.#offer.catch((error: unknown) => {
      log.warn(`the checkpoint of step ${step} was not taken: ${describeError(error)}`);
    });
  }
}
