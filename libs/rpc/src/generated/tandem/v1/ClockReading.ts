// Original file: protos/tandem/v1/coordinator.proto


export interface ClockReadingInput {
  'probeSentUs'?: (number | string);
  'receivedUs'?: (number | string);
  'sentUs'?: (number | string);
}

export interface ClockReading {
  'probeSentUs': (number);
  'receivedUs': (number);
  'sentUs': (number);
}
