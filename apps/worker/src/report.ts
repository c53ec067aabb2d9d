import type { EvaluationReportInput, GenerationMessage, StepReportInput } from '@tandem/rpc';
import type { PieceErrors, StepResult } from '@tandem/training';

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
