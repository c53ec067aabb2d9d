import type { PullRequest, StateRequest } from '../messages.js';
import { faultOf } from './fault-of.js';
import { count, message, runId, uint32 } from './fields.js';

const pull = message<PullRequest>({ protocolVersion: uint32, runId, generation: count, rank: uint32 });
const state = message<StateRequest>({ runId, step: count });

/** What is wrong with a peer's pull; undefined: nothing. */
export function pullRequestFault(request: PullRequest): string | undefined {
  return faultOf(pull, request, 'pull');
}

/** What is wrong with a request for a state; undefined: nothing. */
export function stateRequestFault(request: StateRequest): string | undefined {
  return faultOf(state, request, 'request');
}
