// Original file: protos/tandem/v1/collective.proto

export const ExchangePhase = {
  REDUCE: 'REDUCE',
  GATHER: 'GATHER',
} as const;

export type ExchangePhaseInput =
  | 'REDUCE'
  | 0
  | 'GATHER'
  | 1

export type ExchangePhase = typeof ExchangePhase[keyof typeof ExchangePhase]
