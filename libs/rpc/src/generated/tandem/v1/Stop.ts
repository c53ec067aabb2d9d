// Original file: protos/tandem/v1/coordinator.proto


export interface StopInput {
  'reason'?: (string);
}

export interface Stop {
  'reason': (string);
}
