// Original file: protos/tandem/v1/coordinator.proto

import type { Long } from '@grpc/proto-loader';

// Original file: protos/tandem/v1/coordinator.proto

export const _tandem_v1_Begin_WeightSource = {
  SEED: 'SEED',
  CHECKPOINT: 'CHECKPOINT',
  PEER: 'PEER',
} as const;

export type _tandem_v1_Begin_WeightSourceInput =
  | 'SEED'
  | 0
  | 'CHECKPOINT'
  | 1
  | 'PEER'
  | 2

export type _tandem_v1_Begin_WeightSource = typeof _tandem_v1_Begin_WeightSource[keyof typeof _tandem_v1_Begin_WeightSource]

export interface BeginInput {
  'generation'?: (number | string | Long);
  'step'?: (number | string | Long);
  'weights'?: (_tandem_v1_Begin_WeightSourceInput);
  'source'?: (number);
  'behind'?: (number)[];
  'lastStep'?: (number | string | Long);
  'evaluationErrors'?: (number)[];
  'lastEvaluation'?: (number | string | Long);
  'checkpointDue'?: (boolean);
}

export interface Begin {
  'generation': (number);
  'step': (number);
  'weights': (_tandem_v1_Begin_WeightSource);
  'source': (number);
  'behind': (number)[];
  'lastStep': (number);
  'evaluationErrors': (number)[];
  'lastEvaluation': (number);
  'checkpointDue': (boolean);
}
