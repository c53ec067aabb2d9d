import type { CheckpointManifest } from '@tandem/checkpoint';
import { ConfigurationError, type RunConfig } from '@tandem/core';
import type { GenerationInput, Parameter } from '@tandem/rpc';
import { chooseDenseExchange } from './dense-exchange.js';
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

/**
 * The configuration with `exchange.factors` filled in: what the resumed run had, else by `exchange.dense` among the network's
 * dense layers, and why, a line a layer. It decides bits, so it depends on nothing that differs between world sizes.
 * Throws a ConfigurationError (`TANDEM_CONFIG_VALUE`) where a layer is named that is none.
 */
export function withFactors(
  config: RunConfig,
  parameters: readonly Pick<Parameter, 'name' | 'shape'>[],
  resumed: Pick<CheckpointManifest, 'config'> | undefined,
): { readonly config: RunConfig; readonly reasons: readonly string[] } {
  const recorded = (resumed?.config.exchange as Partial<RunConfig['exchange']> | undefined)?.factors;
  const given = recorded ?? config.exchange.factors;
  const decisions = chooseDenseExchange(config, parameters);
  const unknown = given?.find((name) => !decisions.some(({ layer }) => layer === name));
  if (unknown !== undefined)
    throw new ConfigurationError({
      code: 'TANDEM_CONFIG_VALUE',
      what: `exchange.factors names ${unknown}, which is no dense layer of the network`,
      expected: decisions.length === 0 ? 'none: it has none' : decisions.map(({ layer }) => layer).join(', '),
    });
  const factors = given ?? decisions.flatMap(({ layer, factors }) => (factors ? [layer] : []));
  return {
    config: { ...config, exchange: { ...config.exchange, factors } },
    reasons:
      given === undefined
        ? decisions.map(({ layer, reason }) => `${layer}: ${reason}`)
        : [`${given.join(', ') || 'no layers'} as factors: ${recorded === undefined ? 'configured' : 'as before'}`],
  };
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
