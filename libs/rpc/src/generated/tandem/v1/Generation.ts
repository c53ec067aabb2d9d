// Original file: protos/tandem/v1/coordinator.proto

import type { MemberInput as _tandem_v1_MemberInput, Member as _tandem_v1_Member } from '../../tandem/v1/Member.js';
import type { Long } from '@grpc/proto-loader';

// Original file: protos/tandem/v1/coordinator.proto

export const _tandem_v1_Generation_WeightSource = {
  SEED: 'SEED',
  CHECKPOINT: 'CHECKPOINT',
} as const;

export type _tandem_v1_Generation_WeightSourceInput =
  | 'SEED'
  | 0
  | 'CHECKPOINT'
  | 1

export type _tandem_v1_Generation_WeightSource = typeof _tandem_v1_Generation_WeightSource[keyof typeof _tandem_v1_Generation_WeightSource]

export interface GenerationInput {
  'number'?: (number | string | Long);
  'members'?: (_tandem_v1_MemberInput)[];
  'step'?: (number | string | Long);
  'weights'?: (_tandem_v1_Generation_WeightSourceInput);
  'configJson'?: (string);
  'lastStep'?: (number | string | Long);
  'evaluationErrors'?: (number)[];
  'lastEvaluation'?: (number | string | Long);
}

export interface Generation {
  'number': (number);
  'members': (_tandem_v1_Member)[];
  'step': (number);
  'weights': (_tandem_v1_Generation_WeightSource);
  'configJson': (string);
  'lastStep': (number);
  'evaluationErrors': (number)[];
  'lastEvaluation': (number);
}
