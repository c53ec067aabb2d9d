// Original file: protos/tandem/v1/coordinator.proto

import type { Long } from '@grpc/proto-loader';

export interface ReplicaDigestInput {
  'generation'?: (number | string | Long);
  'step'?: (number | string | Long);
  'parameterDigests'?: (string)[];
}

export interface ReplicaDigest {
  'generation': (number);
  'step': (number);
  'parameterDigests': (string)[];
}
