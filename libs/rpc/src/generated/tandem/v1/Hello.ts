// Original file: protos/tandem/v1/coordinator.proto


export interface HelloInput {
  'protocolVersion'?: (number);
  'name'?: (string);
  'host'?: (string);
  'pid'?: (number);
  'exchangeAddress'?: (string);
  'tandemVersion'?: (string);
  'device'?: (string);
}

export interface Hello {
  'protocolVersion': (number);
  'name': (string);
  'host': (string);
  'pid': (number);
  'exchangeAddress': (string);
  'tandemVersion': (string);
  'device': (string);
}
