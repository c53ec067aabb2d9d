// Original file: protos/tandem/v1/coordinator.proto

import type { Long } from '@grpc/proto-loader';

export interface HeartbeatInput {
  'step'?: (number | string | Long);
  'phase'?: (string);
}

export interface Heartbeat {
  'step': (number);
  'phase': (string);
}
