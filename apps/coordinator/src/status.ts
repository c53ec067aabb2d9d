import type { ClusterStatusInput } from '@tandem/rpc';
import type { Member } from './membership/member.js';
import type { RunState } from './run-life.js';
import type { Training } from './training/training.js';

export interface StatusFacts {
  readonly runId: string;
  readonly state: RunState;
  /** Of the newest generation; 0: there was none yet. */
  readonly generation: number;
  readonly members: readonly Member[];
  readonly training: Training | undefined;
  /** The step that the run started or starts after. */
  readonly startStep: number;
}

/** What GetStatus answers. The rank of a member that is in no generation is its place in the order of joining. */
export function clusterStatus({
  runId,
  state,
  generation,
  members,
  training,
  startStep,
}: StatusFacts): ClusterStatusInput {
  const now = performance.now();
  return {
    runId,
    state,
    generation,
    step: training?.step ?? startStep,
    totalSteps: training?.progress.totalSteps ?? 0,
    epoch: training?.progress.newest?.epoch ?? 0,
    loss: training?.progress.newest?.loss ?? 0,
    imagesPerSecond: training?.progress.imagesPerSecond ?? 0,
    members: members.map((member, index) => ({
      rank: member.rank ?? index,
      name: member.name,
      host: member.hello.host,
      address: member.address,
      step: member.step,
      phase: member.phase,
      heartbeatAgeMs: now - member.lastHeardMs,
      device: member.hello.device,
    })),
  };
}
