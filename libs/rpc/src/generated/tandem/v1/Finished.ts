// Original file: protos/tandem/v1/coordinator.proto

import type { Long } from '@grpc/proto-loader';

export interface FinishedInput {
  'step'?: (number | string | Long);
}

export interface Finished {
  'step': (number);
}
