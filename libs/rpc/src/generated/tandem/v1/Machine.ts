// Original file: protos/tandem/v1/coordinator.proto

import type { Long } from '@grpc/proto-loader';

export interface MachineInput {
  'platform'?: (string);
  'processor'?: (string);
  'cores'?: (number);
  'memoryBytes'?: (number | string | Long);
  'node'?: (string);
}

export interface Machine {
  'platform': (string);
  'processor': (string);
  'cores': (number);
  'memoryBytes': (number);
  'node': (string);
}
