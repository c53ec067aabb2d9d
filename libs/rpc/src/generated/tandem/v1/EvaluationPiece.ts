// Original file: protos/tandem/v1/coordinator.proto


export interface EvaluationPieceInput {
  'index'?: (number);
  'samples'?: (number);
  'top1Errors'?: (number);
  'top5Errors'?: (number);
  'loss'?: (number | string);
}

export interface EvaluationPiece {
  'index': (number);
  'samples': (number);
  'top1Errors': (number);
  'top5Errors': (number);
  'loss': (number);
}
