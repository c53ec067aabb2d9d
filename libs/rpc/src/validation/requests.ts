import { z } from 'zod';
import type { LentMemory, PullRequest, StateRequest } from '../messages.js';
import { faultOf } from './fault-of.js';
import { count, message, runId, uint32 } from './fields.js';

/** Larger than any gradient's: what a peer may make this process map. */
const MAX_LENT_BYTES = 1024 ** 4;

const memory = message<LentMemory>({
  pid: uint32.min(1),
  fd: uint32,
  bytes: count.max(MAX_LENT_BYTES),
  key: z.instanceof(Uint8Array).refine((key) => key.length <= 64, 'at most 64 bytes') as unknown as z.ZodType<
    LentMemory['key']
  >,
});
const pull = message<PullRequest>({
  protocolVersion: uint32,
  runId,
  generation: count,
  rank: uint32,
  memory: memory.nullable(),
});
const state = message<StateRequest>({ runId, step: count });

/** What is wrong with a peer's pull; undefined: nothing. */
export function pullRequestFault(request: PullRequest): string | undefined {
  return faultOf(pull, request, 'pull');
}

/** What is wrong with a request for a state; undefined: nothing. */
export function stateRequestFault(request: StateRequest): string | undefined {
  return faultOf(state, request, 'request');
}
