import { ConfigurationError, RunError } from '@tandem/core';

/** The `--listen` address cannot be used. Thrown before the run begins. */
export function cannotListen(address: string, cause: Error): ConfigurationError {
  const inUse = /EADDRINUSE/.test(cause.message);
  return new ConfigurationError({
    code: inUse ? 'TANDEM_PORT_IN_USE' : 'TANDEM_CANNOT_LISTEN',
    what: inUse ? 'the port is in use' : 'the coordinator cannot listen there',
    where: address,
    remedy: inUse
      ? 'Another coordinator may be running: stop it, or choose another port with --listen.'
      : 'Choose an address of this machine with --listen.',
    cause,
  });
}

/** The run directory cannot be used as it is. Thrown before the run begins. */
export function runDirectoryUnusable(directory: string, cause: unknown): ConfigurationError {
  return new ConfigurationError({
    code: 'TANDEM_OUT_NOT_WRITABLE',
    what: 'the run directory cannot be written to',
    where: directory,
    remedy: 'Choose another one with --out.',
    cause,
  });
}

/** The `--timeline` file cannot be made. Thrown before the run begins. */
export function timelineNotWritable(file: string, cause: unknown): ConfigurationError {
  return new ConfigurationError({
    code: 'TANDEM_TIMELINE_WRITE',
    what: 'the timeline cannot be written',
    where: file,
    expected: 'a file in a folder that is there and can be written to',
    remedy: 'Choose another one with --timeline.',
    cause,
  });
}

export function runExists(directory: string): ConfigurationError {
  return new ConfigurationError({
    code: 'TANDEM_RUN_EXISTS',
    what: `${directory} holds a run already`,
    remedy: 'Use --resume to go on with it, or another --out.',
  });
}

/** Workers whose data, network or machine are not alike, found before the first step. */
export function workersDisagree(what: string, remedy: string): ConfigurationError {
  return new ConfigurationError({ code: 'TANDEM_WORKERS_DISAGREE', what, remedy });
}

/** Replicas whose bits differ. Ends the run: nothing after it could be trusted. */
export function replicasDiffer(what: string, context: Readonly<Record<string, unknown>>): RunError {
  return new RunError({
    code: 'TANDEM_REPLICAS_DIFFER',
    what,
    remedy:
      'Workers must have like processors, the same TensorFlow and the same number of threads; else suspect the memory of that machine.',
    context,
  });
}

/** A stop that did not come to its checkpoint in time. The run ends without it. */
export function stopTimedOut(reason: string, ms: number): RunError {
  return new RunError({
    code: 'TANDEM_STOP_TIMEOUT',
    what: `the run was asked to stop (${reason}) and had not written its checkpoint ${ms} ms later`,
    remedy:
      'It needs a step, an evaluation that is under way, and the writing; the limit is checkpoint.graceMs. --resume goes on from the checkpoint before.',
    context: { timeout: 'checkpoint.graceMs', ms },
  });
}

/** A worker that went without a word. The others go on. */
export function workerLost(who: string, how: string, context: Readonly<Record<string, unknown>>): RunError {
  return new RunError({
    code: 'TANDEM_WORKER_LOST',
    what: `${who} is gone: ${how}`,
    remedy: 'See its log.',
    context,
  });
}

/** A message that does not fit what the same worker said before. */
export function protocolFault(who: string, what: string): RunError {
  return new RunError({
    code: 'TANDEM_PROTOCOL',
    what: `${who} ${what}`,
    remedy: 'This is a bug in Tandem: please report it.',
  });
}

/** Thrown before the run begins: two coordinators would write the same files. */
export function runInUse(
  directory: string,
  owner: { readonly host: string; readonly pid: number } | undefined,
): ConfigurationError {
  const who = owner === undefined ? '' : `: process ${owner.pid} on ${owner.host}`;
  return new ConfigurationError({
    code: 'TANDEM_RUN_IN_USE',
    what: `another coordinator leads the run in ${directory}${who}`,
    remedy: 'Stop it, or choose another --out.',
  });
}

/** This coordinator stood still, and another one took its run. Ends the run here; the workers go on with the other one. */
export function runTakenOver(directory: string, cause: unknown): RunError {
  return new RunError({
    code: 'TANDEM_RUN_TAKEN_OVER',
    what: `another coordinator took over the run in ${directory} while this one stood still`,
    remedy: 'Nothing is lost: see the other one.',
    cause,
  });
}
