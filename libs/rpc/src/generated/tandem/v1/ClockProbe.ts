// Original file: protos/tandem/v1/coordinator.proto


export interface ClockProbeInput {
  'sentUs'?: (number | string);
}

export interface ClockProbe {
  'sentUs': (number);
}
