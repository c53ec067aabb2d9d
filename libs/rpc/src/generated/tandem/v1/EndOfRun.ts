// Original file: protos/tandem/v1/coordinator.proto


export interface EndOfRunInput {
  'failed'?: (boolean);
  'reason'?: (string);
}

export interface EndOfRun {
  'failed': (boolean);
  'reason': (string);
}
