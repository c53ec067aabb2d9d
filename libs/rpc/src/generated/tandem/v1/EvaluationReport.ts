// Original file: protos/tandem/v1/coordinator.proto

import type { EvaluationPieceInput as _tandem_v1_EvaluationPieceInput, EvaluationPiece as _tandem_v1_EvaluationPiece } from '../../tandem/v1/EvaluationPiece.js';
import type { Long } from '@grpc/proto-loader';

export interface EvaluationReportInput {
  'generation'?: (number | string | Long);
  'step'?: (number | string | Long);
  'totalPieces'?: (number);
  'pieces'?: (_tandem_v1_EvaluationPieceInput)[];
}

export interface EvaluationReport {
  'generation': (number);
  'step': (number);
  'totalPieces': (number);
  'pieces': (_tandem_v1_EvaluationPiece)[];
}
