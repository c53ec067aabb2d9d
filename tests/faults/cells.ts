/** What is done to a process or its link. */
export const FAULTS = ['kill', 'stop', 'cut', 'cut-out'] as const;
/** Where in a run. */
export const PHASES = [
  'joining',
  'data',
  'compute',
  'reduce-scatter',
  'all-gather',
  'update',
  'checkpoint',
  'state-transfer',
  'evaluation',
] as const;
/** To whom. `other`: a rank that is not 0. */
export const TARGETS = ['rank-0', 'other', 'coordinator'] as const;

export type Fault = (typeof FAULTS)[number];
export type Phase = (typeof PHASES)[number];
export type Target = (typeof TARGETS)[number];

export interface Cell {
  readonly fault: Fault;
  readonly phase: Phase;
  readonly target: Target;
}

export function nameOf({ fault, phase, target }: Cell): string {
  return `${fault} ${phase} ${target}`;
}

/** All cells of these rows, columns and layers. */
export function cellsOf(
  faults: readonly Fault[] = FAULTS,
  phases: readonly Phase[] = PHASES,
  targets: readonly Target[] = TARGETS,
): Cell[] {
  return faults.flatMap((fault) => targets.flatMap((target) => phases.map((phase) => ({ fault, phase, target }))));
}

/** Cells that cut links need a network of their own. */
export function needsNetwork({ fault }: Cell): boolean {
  return fault === 'cut' || fault === 'cut-out';
}
