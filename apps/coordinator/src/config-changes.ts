import { ConfigurationError, type RunConfig } from '@tandem/core';

/** Sections and keys that decide the bits of a run. */
const relevant = [
  'data.format',
  'data.train',
  'data.mean',
  'data.scale',
  'augment',
  'training.globalBatch',
  'training.microBatches',
  'training.seed',
  'training.labelSmoothing',
  'optimizer',
  'exchange.dense',
  'exchange.factors',
  'exchange.compression',
  'exchange.order',
  'cluster.threads',
];

/** Beside them, of a run with a schedule that goes by them. */
const relevantTo: Partial<Record<RunConfig['optimizer']['schedule']['name'], string[]>> = {
  polynomial: ['training.epochs'],
  plateau: ['data.eval', 'evaluation.everyEpochs'],
};

/**
 * What of `config` differs from what a checkpoint was written with and changes the bits of the run that goes on from it,
 * as `key: was → is`. A key that `config` leaves open is no difference. Throws a ConfigurationError
 * (`TANDEM_RESUME_MODEL`) where the network is another one.
 */
export function changesOnResume(
  recorded: Readonly<Record<string, unknown>>,
  config: RunConfig,
  directory: string,
): string[] {
  const [model] = differences(recorded, config, 'model');
  if (model !== undefined)
    throw new ConfigurationError({
      code: 'TANDEM_RESUME_MODEL',
      what: `the network is not the one that was trained (${model})`,
      where: directory,
      expected: 'the model section of the recorded configuration',
      remedy: 'Set it back, or begin a run in another --out.',
    });
  const { name } = config.optimizer.schedule;
  return [...relevant, ...(relevantTo[name] ?? [])].flatMap((path) => differences(recorded, config, path));
}

function differences(recorded: unknown, current: unknown, path: string): string[] {
  return compare(valueAt(recorded, path), valueAt(current, path), path);
}

function compare(was: unknown, is: unknown, path: string): string[] {
  if (is === undefined || JSON.stringify(was) === JSON.stringify(is)) return [];
  if (isPlain(was) && isPlain(is))
    return [...new Set([...Object.keys(was), ...Object.keys(is)])].flatMap((key) =>
      compare(was[key], is[key], `${path}.${key}`),
    );
  return [`${path}: ${JSON.stringify(was) ?? 'unset'} → ${JSON.stringify(is)}`];
}

function valueAt(root: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((value, key) => (isPlain(value) ? value[key] : undefined), root);
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
