import { ConfigurationError } from './errors.js';

/** Where a process can be made to fail. Of the coordinator: those that it takes part in, and `training`. */
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

/** `hold`: the thread stands still, the process lives; its heartbeats go on. */
export type ProcessFault = 'kill' | 'stop' | 'hold';

/** What a worker's data does to it. */
export type DataFault =
  /** The first value of a sample's image is no number, where the batch has the sample. */
  | { readonly kind: 'nan-sample'; readonly sample: number }
  /** The lowest bit of the first value of a parameter is another. */
  | { readonly kind: 'flip-bit'; readonly parameter: string };

export interface Fault {
  readonly phase: FaultPhase;
  /** Undefined: whichever comes first. */
  readonly step: number | undefined;
  readonly action: ProcessFault | DataFault;
}

/** Names what a test wants to fail. Nothing else reads it. */
export const FAULT_VARIABLE = 'TANDEM_FAULT';

/**
 * For tests alone: the faults that the environment variable TANDEM_FAULT has for the process called `name`, a worker or
 * `coordinator`. Its value is a list of `NAME:PHASE@STEP=ACTION` with commas between, such as `worker-1:reduce-scatter@12=kill`: at the
 * first time that the process is in this phase of this step (`*`: of any step; as NAME: any process). ACTION is `kill` (SIGKILL), `stop`
 * (SIGSTOP), `hold`; and of workers' data, which has PHASE `data`, `nan-sample:SAMPLE` or `flip-bit:PARAMETER`.
 * Throws a ConfigurationError (`TANDEM_FAULT`) where it is set to something else.
 */
export function faultsOf(name: string, setting = process.env[FAULT_VARIABLE]): Fault[] {
  if (setting === undefined || setting === '') return [];
  return setting.split(',').flatMap((text) => {
    const { of, ...fault } = parseFault(text);
    return of === '*' || of === name ? [fault] : [];
  });
}

function parseFault(text: string): Fault & { readonly of: string } {
  const [, of, phase, step, named] = /^([^:]+):([a-z-]+)@(\d+|\*)=(.+)$/.exec(text.trim()) ?? [];
  const action = named === undefined ? undefined : parseAction(named);
  const known = (FAULT_PHASES as readonly (string | undefined)[]).includes(phase);
  if (!known || action === undefined || (typeof action !== 'string' && phase !== 'data'))
    throw new ConfigurationError({
      code: 'TANDEM_FAULT',
      what: `the environment variable ${FAULT_VARIABLE} has ${text}`,
      expected:
        `NAME:PHASE@STEP=kill|stop|hold, PHASE one of ${FAULT_PHASES.join(', ')}; ` +
        'or NAME:data@STEP=nan-sample:SAMPLE|flip-bit:PARAMETER',
      remedy: 'It is for tests of Tandem: unset it.',
    });
  return { of: of!, phase: phase as FaultPhase, step: step === '*' ? undefined : Number(step), action };
}

function parseAction(text: string): Fault['action'] | undefined {
  if (text === 'kill' || text === 'stop' || text === 'hold') return text;
  const [, kind, target] = /^(nan-sample|flip-bit):(.+)$/.exec(text) ?? [];
  if (kind === 'flip-bit') return { kind, parameter: target! };
  if (kind === 'nan-sample' && /^\d+$/.test(target!)) return { kind, sample: Number(target) };
  return undefined;
}
