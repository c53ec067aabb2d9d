// Original file: protos/tandem/v1/coordinator.proto

import type { Long } from '@grpc/proto-loader';

export interface SnapshotTakenInput {
  'step'?: (number | string | Long);
}

export interface SnapshotTaken {
  'step': (number);
}
