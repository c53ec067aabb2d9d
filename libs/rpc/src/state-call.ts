import type { ClusterRole } from '@tandem/core';
import type { StateListeners, StateTransfer } from './fetch-state.js';
import { MessageReader } from './message-reader.js';
import type { StateRequestInput } from './messages.js';
import { loadTandemProtocol } from './protocol.js';
import type { Security } from './security/security.js';
import { StreamingCall } from './streaming-call.js';

export interface StateCallOptions {
  /** host:port. */
  readonly address: string;
  /** Workers serve Collective.FetchState, the coordinator Coordinator.FetchCheckpoint. */
  readonly peer: ClusterRole;
  readonly request: StateRequestInput;
  readonly security: Security;
}

/** Calls for a state, to be given to fetchState. Throws a ConfigurationError (`TANDEM_PLAINTEXT`) where it is too far for plaintext. */
export function callForState({ peer, request, ...target }: StateCallOptions) {
  return ({ onChunk, ...ends }: StateListeners): StateTransfer => {
    const { collective, coordinator } = loadTandemProtocol();
    const method = peer === 'worker' ? collective.FetchState : coordinator.FetchCheckpoint;
    const reader = new MessageReader((message) => onChunk(method.responseDeserialize(message)));
    return new StreamingCall({
      ...{ ...target, peer, path: method.path, ...ends },
      request: method.requestSerialize(request),
      onPiece: (piece) => reader.read(piece),
    });
  };
}
