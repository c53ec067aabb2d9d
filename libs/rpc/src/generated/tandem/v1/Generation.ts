// Original file: protos/tandem/v1/coordinator.proto

import type { MemberInput as _tandem_v1_MemberInput, Member as _tandem_v1_Member } from '../../tandem/v1/Member.js';
import type { Long } from '@grpc/proto-loader';

export interface GenerationInput {
  'number'?: (number | string | Long);
  'members'?: (_tandem_v1_MemberInput)[];
  'configJson'?: (string);
}

export interface Generation {
  'number': (number);
  'members': (_tandem_v1_Member)[];
  'configJson': (string);
}
