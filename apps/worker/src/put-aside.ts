import { describeError } from '@tandem/core';
import type { Logger } from '@tandem/observability';
import { type StoredState, storeInFile } from '@tandem/rpc';
import type { Replica } from '@tandem/training';

/** A copy of the replica's state, to be sent while training goes on: in a file, and in memory where no file can be had. */
export function putAside(replica: Replica, log: Logger): StoredState {
  try {
    return storeInFile(replica.stateBytes, (write) => replica.forEachPiece(write));
  } catch (error) {
    log.warn(
      { event: 'snapshot.in-memory', err: error },
      `the state (${replica.stateBytes} bytes) is kept in memory until it is sent, the folder for temporary files (TMPDIR) has no room for it: ${describeError(error)}`,
    );
    const memory = new SharedArrayBuffer(replica.stateBytes);
    replica.snapshot(memory);
    return memory;
  }
}
