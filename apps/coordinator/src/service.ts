import { type ServerWritableStream, status as Status } from '@grpc/grpc-js';
import { describeError } from '@tandem/core';
import type { Logger } from '@tandem/observability';
import { type CoordinatorHandlers, sendState, type StateChunkInput, type StateRequest } from '@tandem/rpc';
import type { JoinCall, Member } from './membership/member.js';
import { JoinRefusal } from './membership/membership.js';
import type { Run } from './run.js';
import { HELLO_TIMEOUT_MS } from './timeouts.js';

/** tandem.v1.Coordinator over one run. */
export function coordinatorService(run: Run, log: Logger): CoordinatorHandlers {
  return {
    Join: (call) => join(run, log, call),
    GetStatus: (_, callback) => callback(null, run.status()),
    FetchCheckpoint: (call) => void fetchCheckpoint(run, log, call),
  };
}

function join(run: Run, log: Logger, call: JoinCall): void {
  let member: Member | undefined;
  let refused = false;
  const refuse = (code: Status, details: string) => {
    refused = true;
    log.warn(`refused ${call.getPeer()}: ${details}`);
    endWithStatus(call, code, details);
  };
  const mute = setTimeout(
    () => refuse(Status.DEADLINE_EXCEEDED, `no Hello came within ${HELLO_TIMEOUT_MS} ms (HELLO_TIMEOUT_MS)`),
    HELLO_TIMEOUT_MS,
  );
  call.on('data', (message) => {
    if (member !== undefined) return run.handle(member, message);
    clearTimeout(mute);
    if (refused) return;
    if (message.kind !== 'hello')
      return refuse(Status.INVALID_ARGUMENT, `the first message is ${message.kind ?? 'empty'}, not Hello`);
    try {
      member = run.join(call, message.hello!);
    } catch (error) {
      if (!(error instanceof JoinRefusal)) throw error;
      refuse(error.code, error.details);
    }
  });
  const gone = (how: string) => {
    clearTimeout(mute);
    if (member !== undefined) run.left(member, how);
  };
  call.on('end', () => {
    gone('its connection broke');
    if (!refused) call.end();
  });
  call.on('cancelled', () => gone('its connection broke'));
  call.on('error', (error) => gone(`its connection broke: ${error.message}`));
}

async function fetchCheckpoint(
  run: Run,
  log: Logger,
  call: ServerWritableStream<StateRequest, StateChunkInput>,
): Promise<void> {
  const { runId, step } = call.request;
  const state = runId === run.id ? run.checkpointState(step) : undefined;
  call.on('error', (error) =>
    log.warn({ err: error }, `${call.getPeer()} did not take the checkpoint: ${error.message}`),
  );
  if (state === undefined) {
    const details = `this is run ${run.id}, which has no state of step ${step} of run ${runId} to give`;
    return endWithStatus(call, Status.NOT_FOUND, details);
  }
  try {
    await sendState(call, new Uint8Array(state.buffer, state.byteOffset, state.byteLength));
  } catch (error) {
    log.warn({ err: error as Error }, `the checkpoint could not be sent to ${call.getPeer()}: ${describeError(error)}`);
    endWithStatus(call, Status.INTERNAL, describeError(error));
  }
}

/** Not by `destroy`: grpc-js sends the status when the stream ends, and a destroyed one never does. */
function endWithStatus(call: Pick<JoinCall, 'emit'>, code: Status, details: string): void {
  call.emit('error', Object.assign(new Error(details), { code, details }));
}
