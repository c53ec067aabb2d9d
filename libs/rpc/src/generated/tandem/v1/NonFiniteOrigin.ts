// Original file: protos/tandem/v1/coordinator.proto

import type { Long } from '@grpc/proto-loader';

export interface NonFiniteOriginInput {
  'place'?: (string);
  'samples'?: (number | string | Long)[];
}

export interface NonFiniteOrigin {
  'place': (string);
  'samples': (number)[];
}
