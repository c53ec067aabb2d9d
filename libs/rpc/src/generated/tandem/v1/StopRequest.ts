// Original file: protos/tandem/v1/coordinator.proto


export interface StopRequestInput {
  'reason'?: (string);
}

export interface StopRequest {
  'reason': (string);
}
