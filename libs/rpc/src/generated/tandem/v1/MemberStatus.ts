// Original file: protos/tandem/v1/coordinator.proto

import type { Long } from '@grpc/proto-loader';

export interface MemberStatusInput {
  'rank'?: (number);
  'name'?: (string);
  'host'?: (string);
  'address'?: (string);
  'step'?: (number | string | Long);
  'phase'?: (string);
  'heartbeatAgeMs'?: (number | string);
  'device'?: (string);
}

export interface MemberStatus {
  'rank': (number);
  'name': (string);
  'host': (string);
  'address': (string);
  'step': (number);
  'phase': (string);
  'heartbeatAgeMs': (number);
  'device': (string);
}
