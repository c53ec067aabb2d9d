// Original file: protos/tandem/v1/coordinator.proto

import type { UnreadableImageInput as _tandem_v1_UnreadableImageInput, UnreadableImage as _tandem_v1_UnreadableImage } from '../../tandem/v1/UnreadableImage.js';
import type { Long } from '@grpc/proto-loader';

export interface FinishedInput {
  'step'?: (number | string | Long);
  'unreadableImages'?: (_tandem_v1_UnreadableImageInput)[];
}

export interface Finished {
  'step': (number);
  'unreadableImages': (_tandem_v1_UnreadableImage)[];
}
