import type { EvaluationReportInput, GenerationMessage, NonFiniteInput, StepReportInput } from '@tandem/rpc';
import type { NonFiniteStep, PieceErrors, StepResult } from '@tandem/training';

/** A committed step as the coordinator's books have it. */
export function stepReport({ number: generation, members }: GenerationMessage, result: StepResult): StepReportInput {
  const { step, epoch, loss, learningRate, samples, bytesSent } = result;
  const { stepMs, phaseMs } = result.times;
  return {
    ...{ generation, step, epoch, loss, learningRate, samples, stepMs, bytesSent },
    dataMs: phaseMs.data,
    computeMs: phaseMs.compute,
    exchangeMs: phaseMs.exchange,
    updateMs: phaseMs.update,
    worldSize: members.length,
    skipped: result.nonFinite !== undefined,
  };
}

export function evaluationReport(
  generation: number,
  step: number,
  totalPieces: number,
  pieces: readonly PieceErrors[],
): EvaluationReportInput {
  return { generation, step, totalPieces, pieces: pieces.map((piece) => ({ ...piece })) };
}

/** Samples that are named of one origin: a message has its limits. */
const NAMED_SAMPLES = 1_000;

export function nonFiniteReport(generation: number, found: NonFiniteStep): NonFiniteInput {
  const { step, loss, gradients, weights, origins } = found;
  return {
    ...{ generation, step, loss },
    gradients: [...gradients],
    weights: [...weights],
    origins: origins.map(({ place, samples }) => ({ place, samples: samples.slice(0, NAMED_SAMPLES) })),
  };
}
