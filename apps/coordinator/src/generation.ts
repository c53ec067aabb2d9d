import type { CheckpointManifest } from '@tandem/checkpoint';
import type { RunConfig } from '@tandem/core';
import type { GenerationInput } from '@tandem/rpc';
import type { Member } from './membership/member.js';

/**
 * The configuration with `training.microBatches` filled in: what the resumed run had, else the configured number, else
 * cluster.maxWorkers, else the world size. From then on it is fixed, whoever comes and goes.
 */
export function withMicroBatches(
  config: RunConfig,
  worldSize: number,
  resumed: Pick<CheckpointManifest, 'config'> | undefined,
): RunConfig {
  const recorded = (resumed?.config.training as Partial<RunConfig['training']> | undefined)?.microBatches;
  const microBatches = recorded ?? config.training.microBatches ?? config.cluster.maxWorkers ?? worldSize;
  return { ...config, training: { ...config.training, microBatches } };
}

export interface GenerationFacts {
  /** By rank. */
  readonly members: readonly Member[];
  /** The last committed step. */
  readonly step: number;
  readonly resumed: boolean;
  readonly config: RunConfig;
  readonly lastStep: number | undefined;
  /** Those up to `step`, in order: after which step, and the top-1 error as a fraction. */
  readonly evaluations: readonly (readonly [step: number, top1: number])[];
}

/** The first generation of this coordinator. Elastic membership will publish the next ones. */
export function buildGeneration(facts: GenerationFacts): GenerationInput {
  const { members, step, resumed, config, lastStep, evaluations } = facts;
  const samples = members[0]?.prepared?.evaluationSamples ?? 0;
  return {
    number: 1,
    members: members.map(({ rank, name, address }) => ({ rank: rank!, name, address })),
    step,
    weights: resumed ? 'CHECKPOINT' : 'SEED',
    configJson: JSON.stringify(config),
    lastStep: lastStep ?? 0,
    evaluationErrors: evaluations.map(([, top1]) => Math.round(top1 * samples)),
    lastEvaluation: evaluations.at(-1)?.[0] ?? 0,
  };
}
