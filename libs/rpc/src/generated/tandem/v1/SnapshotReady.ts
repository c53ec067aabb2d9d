// Original file: protos/tandem/v1/coordinator.proto

import type { Long } from '@grpc/proto-loader';

export interface SnapshotReadyInput {
  'step'?: (number | string | Long);
  'epoch'?: (number);
  'ifBest'?: (boolean);
}

export interface SnapshotReady {
  'step': (number);
  'epoch': (number);
  'ifBest': (boolean);
}
