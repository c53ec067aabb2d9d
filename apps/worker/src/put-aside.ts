import { describeError } from '@tandem/core';
import type { Logger } from '@tandem/observability';
import { fillStateFile, openStateFile, type StateFile, type StoredState, storeInFile } from '@tandem/rpc';
import type { Replica } from '@tandem/training';

/** A copy of the replica's state, to be sent while training goes on: in a file, and in memory where no file can be had. */
export function putAside(replica: Replica, log: Logger): StoredState {
  try {
    return storeInFile(replica.stateBytes, (write) => replica.forEachPiece(write));
  } catch (error) {
    return putAsideInMemory(replica, log, error);
  }
}

/**
 * The same, while its first pieces are already on their way: `offer` is called before the copy is made. Where the disk fails in the
 * middle, whoever was being sent the state hears of it, and asks in the next generation.
 */
export function putAsideWhileSent(replica: Replica, log: Logger, offer: (state: StoredState) => void): void {
  let file: StateFile;
  try {
    file = openStateFile(replica.stateBytes);
  } catch (error) {
    return offer(putAsideInMemory(replica, log, error));
  }
  offer(file);
  try {
    fillStateFile(file, (write) => replica.forEachPiece(write));
  } catch (error) {
    log.warn(
      { event: 'state.not-offered', err: error },
      `the state could not be put aside for those who are behind: ${describeError(error)}`,
    );
  }
}

function putAsideInMemory(replica: Replica, log: Logger, error: unknown): SharedArrayBuffer {
  log.warn(
    { event: 'snapshot.in-memory', err: error },
    `the state (${replica.stateBytes} bytes) is kept in memory until it is sent, the folder for temporary files (TMPDIR) has no room for it: ${describeError(error)}`,
  );
  const memory = new SharedArrayBuffer(replica.stateBytes);
  replica.snapshot(memory);
  return memory;
}
