// Original file: protos/tandem/v1/coordinator.proto

import type { Long } from '@grpc/proto-loader';

export interface ReadyInput {
  'generation'?: (number | string | Long);
  'weightsDigest'?: (string);
}

export interface Ready {
  'generation': (number);
  'weightsDigest': (string);
}
