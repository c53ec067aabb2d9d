import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigurationError } from './errors.js';

/** Where a process can be made to die or to stand still. Of the coordinator: those that it takes part in, and `training`. */
export const FAULT_PHASES = [
  'joining',
  'forming',
  'state-transfer',
  'data',
  'compute',
  'exchange',
  'reduce-scatter',
  'all-gather',
  'update',
  'checkpoint',
  'evaluation',
  'training',
] as const;

export type FaultPhase = (typeof FAULT_PHASES)[number];

/** Called when a process comes to a phase of a step; the step is 0 where there is none yet. */
export type FaultPoint = (phase: FaultPhase, step: number) => void;

interface Fault {
  readonly phase: FaultPhase;
  /** Undefined: whichever comes first. */
  readonly step: number | undefined;
  readonly action: FaultAction;
}

/** `hold`: this thread stands still, the process lives; its heartbeats go on. */
type FaultAction = 'kill' | 'stop' | 'hold';

/** A hold that nobody releases ends after so long: the test has failed by then. */
const HOLD_TIMEOUT_MS = 120_000;
const HOLD_LOOK_MS = 10;

const nowhere: FaultPoint = () => undefined;

/**
 * For tests alone: faults that the environment variable TANDEM_FAULT puts into the process called `name`, a worker or
 * `coordinator`. Its value is a list of `NAME:PHASE@STEP=kill|stop|hold` with commas between, such as
 * `worker-1:reduce-scatter@12=kill`: SIGKILL or SIGSTOP, at the first time that the process is in this phase of this step (`*`: of any).
 * `hold` waits there until the file NAME-STEP is in the folder that TANDEM_FAULT_RELEASE names: a run waits for what a test does meanwhile.
 * Unset, it costs nothing. Throws a ConfigurationError (`TANDEM_FAULT`) where it is set to something else.
 */
export function faultPoint(
  name: string,
  setting = process.env['TANDEM_FAULT'],
  act: (action: FaultAction, step: number) => void = (action, step) => actHere(action, name, step),
): FaultPoint {
  if (setting === undefined || setting === '') return nowhere;
  const faults = setting.split(',').flatMap((text) => parseFault(text, name));
  if (faults.length === 0) return nowhere;
  return (phase, step) => {
    const index = faults.findIndex((fault) => fault.phase === phase && (fault.step ?? step) === step);
    if (index >= 0) act(faults.splice(index, 1)[0]!.action, step);
  };
}

function actHere(action: FaultAction, name: string, step: number): void {
  if (action !== 'hold') process.kill(process.pid, action === 'kill' ? 'SIGKILL' : 'SIGSTOP');
  else holdUntil(join(process.env['TANDEM_FAULT_RELEASE'] ?? '.', `${name}-${step}`));
}

/** Blocks this thread, as a training that hangs would. */
function holdUntil(file: string): void {
  const clock = new Int32Array(new SharedArrayBuffer(4));
  const end = performance.now() + HOLD_TIMEOUT_MS;
  while (!existsSync(file) && performance.now() < end) Atomics.wait(clock, 0, 0, HOLD_LOOK_MS);
}

/** None where the fault is another process's. */
function parseFault(text: string, name: string): Fault[] {
  const [, of, phase, step, action] = /^([^:]+):([a-z-]+)@(\d+|\*)=(kill|stop|hold)$/.exec(text.trim()) ?? [];
  if (!(FAULT_PHASES as readonly (string | undefined)[]).includes(phase))
    throw new ConfigurationError({
      code: 'TANDEM_FAULT',
      what: `the environment variable TANDEM_FAULT has ${text}`,
      expected: `NAME:PHASE@STEP=kill|stop|hold, PHASE one of ${FAULT_PHASES.join(', ')}`,
      remedy: 'It is for tests of Tandem: unset it.',
    });
  if (of !== name) return [];
  const at = step === '*' ? undefined : Number(step);
  return [{ phase: phase as FaultPhase, step: at, action: action as FaultAction }];
}
