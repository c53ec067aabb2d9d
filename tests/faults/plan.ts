import type { Cell, Phase, Target } from './cells.js';

/** Steps of every cell's run. Twelve are an epoch; evaluations after 12, 24 and 36, checkpoints after 10, 20, 30 and 40. */
export const STEPS = 40;
/** The fault comes in this step where the phase is one of a step. */
const FAULT_STEP = 14;
/** Here the training waits for a newcomer that is to come. */
const ARRIVAL_STEP = 14;
/** Here the training waits until the target is back. */
export const RETURN_STEP = 32;

/** Never a target: it holds the training where the plan says. */
export const BYSTANDER = 'worker-2';
export const WORKERS = ['worker-0', 'worker-1', BYSTANDER] as const;
export type ProcessName = (typeof WORKERS)[number] | 'coordinator';

export interface Plan {
  /** What the fault is done to. */
  readonly victim: ProcessName;
  /** Who says, by stopping there, that the phase has come: the victim, or a worker where the coordinator does not take part. */
  readonly trigger: ProcessName;
  /** TANDEM_FAULT of all processes. The trigger stops itself; what is to be done is done to it from outside. */
  readonly faults: readonly string[];
  /** A worker that comes when the others train, to be given a state. */
  readonly newcomer: ProcessName | undefined;
  /** The step in which the training waits for it. */
  readonly arrivalStep: number;
  /** Before anything trains. */
  readonly beforeTraining: boolean;
}

const victims: Readonly<Record<Target, ProcessName>> = {
  'rank-0': 'worker-0',
  other: 'worker-1',
  coordinator: 'coordinator',
};

/** In these the coordinator has a part of its own. */
const coordinatorPhases: readonly Phase[] = ['joining', 'checkpoint', 'state-transfer', 'evaluation'];

/** The step that a fault point has in a phase; `*` where it follows from when somebody comes. */
const stepOf: Readonly<Record<Phase, string>> = {
  joining: '0',
  data: String(FAULT_STEP),
  compute: String(FAULT_STEP),
  'reduce-scatter': String(FAULT_STEP),
  'all-gather': String(FAULT_STEP),
  update: String(FAULT_STEP),
  checkpoint: '20',
  'state-transfer': '*',
  evaluation: '24',
};

export function planOf({ phase, target }: Cell): Plan {
  const victim = victims[target];
  const trigger = victim !== 'coordinator' || coordinatorPhases.includes(phase) ? victim : 'worker-1';
  const newcomer = phase === 'state-transfer' ? 'worker-1' : undefined;
  const holds = [RETURN_STEP, ...(newcomer === undefined ? [] : [ARRIVAL_STEP])];
  return {
    ...{ victim, trigger, newcomer, arrivalStep: ARRIVAL_STEP, beforeTraining: phase === 'joining' },
    faults: [`${trigger}:${phase}@${stepOf[phase]}=stop`, ...holds.map((step) => `${BYSTANDER}:data@${step}=hold`)],
  };
}
