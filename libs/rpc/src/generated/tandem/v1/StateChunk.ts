// Original file: protos/tandem/v1/state.proto

import type { Long } from '@grpc/proto-loader';

export interface StateChunkInput {
  'offset'?: (number | string | Long);
  'totalBytes'?: (number | string | Long);
  'data'?: (Buffer | Uint8Array | string);
  'sha256'?: (string);
}

export interface StateChunk {
  'offset': (number);
  'totalBytes': (number);
  'data': (Buffer);
  'sha256': (string);
}
