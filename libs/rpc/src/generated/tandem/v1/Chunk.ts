// Original file: protos/tandem/v1/collective.proto

import type { ExchangePhaseInput as _tandem_v1_ExchangePhaseInput, ExchangePhase as _tandem_v1_ExchangePhase } from '../../tandem/v1/ExchangePhase.js';
import type { Long } from '@grpc/proto-loader';

export interface ChunkInput {
  'step'?: (number | string | Long);
  'bucket'?: (number);
  'phase'?: (_tandem_v1_ExchangePhaseInput);
  'part'?: (number);
  'offset'?: (number);
  'data'?: (Buffer | Uint8Array | string);
  'lentAt'?: (number | string | Long);
  'lentBytes'?: (number);
  'returnedFirst'?: (number | string | Long);
  'returnedCount'?: (number);
}

export interface Chunk {
  'step': (number);
  'bucket': (number);
  'phase': (_tandem_v1_ExchangePhase);
  'part': (number);
  'offset': (number);
  'data': (Buffer);
  'lentAt': (number);
  'lentBytes': (number);
  'returnedFirst': (number);
  'returnedCount': (number);
}
