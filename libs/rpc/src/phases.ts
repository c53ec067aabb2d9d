/** What a worker is doing, as its heartbeats say it. An index into this list crosses shared memory. */
export const WORKER_PHASES = [
  'joining',
  'data',
  'compute',
  'exchange',
  'update',
  'checkpoint',
  'evaluation',
  'state transfer',
  'forming',
  'waiting',
] as const;

export type WorkerPhase = (typeof WORKER_PHASES)[number];
