import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type FaultPhase, faultsOf, type ProcessFault } from './faults.js';

/** Called when a process comes to a phase of a step; the step is 0 where there is none yet. */
export type FaultPoint = (phase: FaultPhase, step: number) => void;

/** A hold that nobody releases ends after so long: the test has failed by then. */
const HOLD_TIMEOUT_MS = 120_000;
const HOLD_LOOK_MS = 10;

const nowhere: FaultPoint = () => undefined;

/**
 * For tests alone: kills, stops or holds the process called `name` where the environment says so, once for each time that it says it
 * (faultsOf). `hold` waits there until the file NAME-STEP is in the folder that TANDEM_FAULT_RELEASE names: a run waits for what a test
 * does meanwhile. Unset, it costs nothing. Throws as faultsOf does.
 */
export function faultPoint(
  name: string,
  setting?: string,
  act: (action: ProcessFault, step: number) => void = (action, step) => actHere(action, name, step),
): FaultPoint {
  const faults = faultsOf(name, setting).flatMap(({ phase, step, action }) =>
    typeof action === 'string' ? [{ phase, step, action }] : [],
  );
  if (faults.length === 0) return nowhere;
  return (phase, step) => {
    const index = faults.findIndex((fault) => fault.phase === phase && (fault.step ?? step) === step);
    if (index >= 0) act(faults.splice(index, 1)[0]!.action, step);
  };
}

function actHere(action: ProcessFault, name: string, step: number): void {
  if (action !== 'hold') process.kill(process.pid, action === 'kill' ? 'SIGKILL' : 'SIGSTOP');
  else holdUntil(join(process.env['TANDEM_FAULT_RELEASE'] ?? '.', `${name}-${step}`));
}

/** Blocks this thread, as a training that hangs would. */
function holdUntil(file: string): void {
  const clock = new Int32Array(new SharedArrayBuffer(4));
  const end = performance.now() + HOLD_TIMEOUT_MS;
  while (!existsSync(file) && performance.now() < end) Atomics.wait(clock, 0, 0, HOLD_LOOK_MS);
}
