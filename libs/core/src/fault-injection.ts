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
  readonly signal: 'SIGKILL' | 'SIGSTOP';
}

const nowhere: FaultPoint = () => undefined;

/**
 * For tests alone: faults that the environment variable TANDEM_FAULT puts into the process called `name`, a worker or
 * `coordinator`. Its value is a list of `NAME:PHASE@STEP=kill|stop` with commas between, such as
 * `worker-1:reduce-scatter@12=kill`: SIGKILL or SIGSTOP, at the first time that the process is in this phase of this step (`*`: of any).
 * Unset, it costs nothing. Throws a ConfigurationError (`TANDEM_FAULT`) where it is set to something else.
 */
export function faultPoint(
  name: string,
  setting = process.env['TANDEM_FAULT'],
  signal: (signal: Fault['signal']) => void = (fault) => process.kill(process.pid, fault),
): FaultPoint {
  if (setting === undefined || setting === '') return nowhere;
  const faults = setting.split(',').flatMap((text) => parseFault(text, name));
  if (faults.length === 0) return nowhere;
  return (phase, step) => {
    const index = faults.findIndex((fault) => fault.phase === phase && (fault.step ?? step) === step);
    if (index >= 0) signal(faults.splice(index, 1)[0]!.signal);
  };
}

/** None where the fault is another process's. */
function parseFault(text: string, name: string): Fault[] {
  const [, of, phase, step, action] = /^([^:]+):([a-z-]+)@(\d+|\*)=(kill|stop)$/.exec(text.trim()) ?? [];
  if (!(FAULT_PHASES as readonly (string | undefined)[]).includes(phase))
    throw new ConfigurationError({
      code: 'TANDEM_FAULT',
      what: `the environment variable TANDEM_FAULT has ${text}`,
      expected: `NAME:PHASE@STEP=kill|stop, PHASE one of ${FAULT_PHASES.join(', ')}`,
      remedy: 'It is for tests of Tandem: unset it.',
    });
  if (of !== name) return [];
  const at = step === '*' ? undefined : Number(step);
  return [{ phase: phase as FaultPhase, step: at, signal: action === 'kill' ? 'SIGKILL' : 'SIGSTOP' }];
}
