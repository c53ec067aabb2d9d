// Original file: protos/tandem/v1/state.proto

import type { Long } from '@grpc/proto-loader';

export interface StateRequestInput {
  'runId'?: (string);
  'step'?: (number | string | Long);
}

export interface StateRequest {
  'runId': (string);
  'step': (number);
}
