// Original file: protos/tandem/v1/coordinator.proto

import type { Long } from '@grpc/proto-loader';

export interface StandingInput {
  'generation'?: (number | string | Long);
  'trained'?: (boolean);
  'step'?: (number | string | Long);
  'evaluationErrors'?: (number)[];
  'lastEvaluation'?: (number | string | Long);
}

export interface Standing {
  'generation': (number);
  'trained': (boolean);
  'step': (number);
  'evaluationErrors': (number)[];
  'lastEvaluation': (number);
}
