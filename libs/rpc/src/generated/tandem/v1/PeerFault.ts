// Original file: protos/tandem/v1/coordinator.proto

import type { Long } from '@grpc/proto-loader';

export interface PeerFaultInput {
  'generation'?: (number | string | Long);
  'code'?: (string);
  'message'?: (string);
  'peers'?: (string)[];
}

export interface PeerFault {
  'generation': (number);
  'code': (string);
  'message': (string);
  'peers': (string)[];
}
