import { RunError } from '@tandem/core';
import type { Frame } from './transport.js';

/** Thrown by what reads a frame, when it is not one that the peer should have sent now; becomes a RunError at once. */
export class FrameFault extends Error {}

/** Where an exchange stood when it failed. */
export interface ExchangePlace {
  readonly rank: number;
  /** Undefined before the first step. */
  readonly step: number | undefined;
}

function stepName(step: number | undefined): string {
  return step === undefined ? 'the first step' : `step ${step}`;
}

/** TANDEM_EXCHANGE_FRAME: a peer sent what does not fit the step, the buckets or the schedule of this run. */
export function malformedFrame(place: ExchangePlace, peer: number, frame: Frame, fault: FrameFault): RunError {
  const { step, bucket, phase, part, offset } = frame;
  return new RunError({
    code: 'TANDEM_EXCHANGE_FRAME',
    what: `rank ${peer} sent a ${phase} frame that does not belong here: ${fault.message}`,
    where: `rank ${place.rank}, ${stepName(place.step)}`,
    remedy: 'All workers must run the same version of Tandem with the same configuration.',
    context: { ...place, peer, frame: { step, bucket, phase, part, offset, bytes: frame.data.byteLength } },
  });
}

/** TANDEM_EXCHANGE_PEER_LOST: the connection to a peer broke while it was needed. */
export function peerLost(place: ExchangePlace, peer: number, cause: unknown): RunError {
  return new RunError({
    code: 'TANDEM_EXCHANGE_PEER_LOST',
    what: `rank ${peer} was lost during the exchange of gradients`,
    where: `rank ${place.rank}, ${stepName(place.step)}`,
    context: { ...place, peer },
    cause,
  });
}

/** TANDEM_EXCHANGE_STALLED: nothing was sent or received for exchange.timeoutMs while a step was in flight. */
export function exchangeStalled(place: ExchangePlace, peers: readonly number[], ms: number): RunError {
  const names = peers.length === 0 ? 'its peers' : `rank${peers.length === 1 ? '' : 's'} ${peers.join(', ')}`;
  return new RunError({
    code: 'TANDEM_EXCHANGE_STALLED',
    what: `waited ${ms} ms for gradients of ${names}`,
    where: `rank ${place.rank}, ${stepName(place.step)}`,
    remedy: 'The limit is exchange.timeoutMs; it must be longer than the slowest rank takes to compute a step.',
    context: { ...place, peers, ms },
  });
}
