import { type ServerWritableStream, status as Status } from '@grpc/grpc-js';
import { describeError } from '@tandem/core';
import type { Logger } from '@tandem/observability';
import {
  type CoordinatorHandlers,
  type RefusalLog,
  memorySource,
  sendState,
  type StateChunkInput,
  type StateRequest,
  stateRequestFault,
  workerMessageFault,
} from '@tandem/rpc';
import type { JoinCall, Member } from './membership/member.js';
import { JoinRefusal } from './membership/membership.js';
import type { Run } from './run.js';
import { HELLO_TIMEOUT_MS } from './timeouts.js';

/** tandem.v1.Coordinator over one run. */
export function coordinatorService(run: Run, log: Logger, refusals: RefusalLog): CoordinatorHandlers {
  return {
    Join: (call) => join(run, refusals, call),
    GetStatus: ({ request }, callback) => callback(null, run.status(request.detail)),
    FetchCheckpoint: (call) => void fetchCheckpoint(run, log, refusals, call),
  };
}

function join(run: Run, refusals: RefusalLog, call: JoinCall): void {
  let member: Member | undefined;
  let refused = false;
  const refuse = (code: Status, details: string) => {
    refused = true;
    refusals.add(call.getPeer(), details);
    endWithStatus(call, code, details);
  };
  const mute = setTimeout(
    () => refuse(Status.DEADLINE_EXCEEDED, `no Hello came within ${HELLO_TIMEOUT_MS} ms (HELLO_TIMEOUT_MS)`),
    HELLO_TIMEOUT_MS,
  );
  call.on('data', (message) => {
    if (refused) return;
    const fault = workerMessageFault(message);
    if (fault !== undefined) {
      clearTimeout(mute);
      refuse(Status.INVALID_ARGUMENT, fault);
      if (member !== undefined) run.left(member, `it sent what is not allowed (${fault})`);
      return;
    }
    if (member !== undefined) return run.handle(member, message);
    clearTimeout(mute);
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
  refusals: RefusalLog,
  call: ServerWritableStream<StateRequest, StateChunkInput>,
): Promise<void> {
  const { runId, step } = call.request;
  const fault = stateRequestFault(call.request);
  if (fault !== undefined) {
    refusals.add(call.getPeer(), fault);
    return endWithStatus(call, Status.INVALID_ARGUMENT, fault);
  }
  const state = runId === run.id ? run.checkpointState(step) : undefined;
  call.on('error', (error) =>
    log.warn(
      { event: 'checkpoint.not-sent', err: error },
      `${call.getPeer()} did not take the checkpoint: ${error.message}`,
    ),
  );
  if (state === undefined) {
    const details = `this is run ${run.id}, which has no state of step ${step} of run ${runId} to give`;
    return endWithStatus(call, Status.NOT_FOUND, details);
  }
  try {
    await sendState(call, memorySource(new Uint8Array(state.buffer, state.byteOffset, state.byteLength)));
  } catch (error) {
    log.warn(
      { event: 'checkpoint.not-sent', err: error as Error },
      `the checkpoint could not be sent to ${call.getPeer()}: ${describeError(error)}`,
    );
    endWithStatus(call, Status.INTERNAL, describeError(error));
  }
}

/** Not by `destroy`: grpc-js sends the status when the stream ends, and a destroyed one never does. */
function endWithStatus(call: Pick<JoinCall, 'emit'>, code: Status, details: string): void {
  call.emit('error', Object.assign(new Error(details), { code, details }));
}
