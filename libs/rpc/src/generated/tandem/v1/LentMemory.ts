// Original file: protos/tandem/v1/collective.proto

import type { Long } from '@grpc/proto-loader';

export interface LentMemoryInput {
  'pid'?: (number);
  'fd'?: (number);
  'bytes'?: (number | string | Long);
  'key'?: (Buffer | Uint8Array | string);
}

export interface LentMemory {
  'pid': (number);
  'fd': (number);
  'bytes': (number);
  'key': (Buffer);
}
