import type { CheckpointManifest } from '@tandem/checkpoint';
import { ConfigurationError, type RunConfig } from '@tandem/core';
import type { Logger } from '@tandem/observability';
import type { Parameter } from '@tandem/rpc';
import { chooseDenseExchange } from './dense-exchange.js';

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

/** The configuration with all filled in that depends on the first members; says why. Throws as withFactors does. */
export function configOfRun(
  config: RunConfig,
  worldSize: number,
  parameters: readonly Pick<Parameter, 'name' | 'shape'>[],
  resumed: Pick<CheckpointManifest, 'config'> | undefined,
  log: Logger,
): RunConfig {
  const exchanged = withFactors(withMicroBatches(config, worldSize, resumed), parameters, resumed);
  const reasons = exchanged.reasons.join('; ') || 'none';
  log.info({ event: 'exchange.chosen', exchange: exchanged.reasons }, `dense layers’ gradients: ${reasons}`);
  return exchanged.config;
}
