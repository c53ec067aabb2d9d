// Original file: protos/tandem/v1/coordinator.proto

import type { Long } from '@grpc/proto-loader';

export interface BookedInput {
  'step'?: (number | string | Long);
  'evaluation'?: (number | string | Long);
}

export interface Booked {
  'step': (number);
  'evaluation': (number);
}
