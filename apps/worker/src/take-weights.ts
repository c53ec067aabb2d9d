import { invariant } from '@tandem/core';
import type { Logger } from '@tandem/observability';
import type { Begin, Communication, GenerationMessage, StateTransfers } from '@tandem/rpc';
import type { Replica } from '@tandem/training';
import { putAsideWhileSent } from './put-aside.js';

/** The smallest that systems have. */
const PAGE_BYTES = 4096;

/** Between two lines that say how far a transfer is. */
const PROGRESS_EVERY_MS = 2_000;

export interface TakeWeights {
  readonly communication: Pick<Communication, 'setPhase'> & {
    readonly states: Omit<StateTransfers, 'withdraw' | 'offerSnapshot'>;
  };
  readonly replica: Replica;
  readonly log: Logger;
  readonly generation: GenerationMessage;
  readonly begin: Begin;
}

/**
 * Brings the replica to the state that the generation begins with, or offers that state to those who are behind. Rejects
 * with a RunError: `TANDEM_STATE_…`, `TANDEM_GENERATION_OVER`; the replica is then as it was.
 */
export async function takeWeights({ communication, replica, log, generation, begin }: TakeWeights): Promise<void> {
  const { step, weights, source, behind } = begin;
  const { rank, members, number } = generation;
  if (weights === 'SEED') return;
  const told = tellProgress(log);
  if (weights === 'CHECKPOINT') {
    communication.setPhase(step, 'state transfer');
    const state = new SharedArrayBuffer(replica.stateBytes);
    const fetching = communication.states.fetchCheckpoint(step, state, told);
    touchPages(state);
    await fetching;
    replica.restore(state);
    return;
  }
  if (rank === source && behind.length > 0) {
    putAsideWhileSent(replica, log, (state) => communication.states.offer(number, step, state));
    log.info(
      { event: 'state.offered', step, behind },
      `the state after step ${step} is offered to rank${plural(behind)}`,
    );
  }
  if (!behind.includes(rank)) return;
  const from = members.find((member) => member.rank === source);
  invariant(from !== undefined, `generation ${number} has no rank ${source} to copy the state from`);
  communication.setPhase(step, 'state transfer');
  log.info(
    { event: 'state.copying', step, from },
    `copying the state after step ${step} from rank ${source} (${from.name})`,
  );
  const started = performance.now();
  const state = new SharedArrayBuffer(replica.stateBytes);
  const fetching = communication.states.fetchFromPeer(number, step, from, state, told);
  touchPages(state);
  await fetching;
  replica.restore(state);
  const ms = Math.round(performance.now() - started);
  log.info(
    { event: 'state.copied', step, ms, bytes: state.byteLength },
    `copied ${megabytes(state.byteLength)} MB in ${ms} ms, digest checked`,
  );
}

/**
 * Has the system provide the memory while the communication thread fills it: for hundreds of megabytes, page faults take as long as
 * receiving does. Adding nothing changes nothing, whoever writes there.
 */
function touchPages(memory: SharedArrayBuffer): void {
  const bytes = new Uint8Array(memory);
  for (let at = 0; at < bytes.length; at += PAGE_BYTES) Atomics.add(bytes, at, 0);
}

function tellProgress(log: Logger): (bytes: number, totalBytes: number) => void {
  let last = performance.now();
  return (bytes, totalBytes) => {
    const now = performance.now();
    if (now - last < PROGRESS_EVERY_MS) return;
    last = now;
    const percent = Math.floor((100 * bytes) / totalBytes);
    log.info(
      { event: 'state.copying', bytes, totalBytes },
      `${percent} % of the state (${megabytes(totalBytes)} MB) is here`,
    );
  };
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}

function plural(ranks: readonly number[]): string {
  return `${ranks.length === 1 ? '' : 's'} ${ranks.join(', ')}`;
}
