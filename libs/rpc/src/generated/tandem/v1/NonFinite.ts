// Original file: protos/tandem/v1/coordinator.proto

import type { NonFiniteOriginInput as _tandem_v1_NonFiniteOriginInput, NonFiniteOrigin as _tandem_v1_NonFiniteOrigin } from '../../tandem/v1/NonFiniteOrigin.js';
import type { Long } from '@grpc/proto-loader';

export interface NonFiniteInput {
  'generation'?: (number | string | Long);
  'step'?: (number | string | Long);
  'loss'?: (number | string);
  'gradients'?: (string)[];
  'weights'?: (string)[];
  'origins'?: (_tandem_v1_NonFiniteOriginInput)[];
}

export interface NonFinite {
  'generation': (number);
  'step': (number);
  'loss': (number);
  'gradients': (string)[];
  'weights': (string)[];
  'origins': (_tandem_v1_NonFiniteOrigin)[];
}
