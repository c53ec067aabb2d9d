import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { ConfigurationError, resolveDataPath, type RunConfig } from '@tandem/core';
import { loadConfig } from '@tandem/core/config';
import type { TimelineSteps } from '@tandem/coordinator';
import { locateModule } from '@tandem/model';
import type { Command } from 'commander';
import { collect, positiveInteger, stepsOfTimeline } from './arguments.js';
import { drawSamplesOf } from './page/draw-samples.js';

/** What `tandem run` and `tandem coordinator` have in common. */
export interface RunFlags {
  readonly config: string;
  readonly out: string;
  readonly resume?: boolean;
  readonly maxSteps?: number;
  readonly set?: readonly string[];
  readonly timeline?: string;
  readonly timelineSteps?: TimelineSteps;
  readonly metricsListen?: string;
  readonly pageListen?: string;
}

export function addRunFlags(command: Command): Command {
  return command
    .requiredOption('--config <file>', 'the run’s configuration, YAML')
    .requiredOption('--out <dir>', 'the run directory: checkpoints, metrics and logs go there')
    .option(
      '--resume',
      'go on from the newest whole checkpoint in --out; starts from the beginning where there is none',
    )
    .option('--set <key.path=value>', 'override a setting; may be given several times', collect)
    .option('--max-steps <k>', 'end when step k of the run is committed', positiveInteger)
    .option('--timeline <file>', 'write who did what when, in Chrome’s trace format (docs/timeline.md)')
    .option(
      '--timeline-steps <n|a-b>',
      'of --timeline: the first n steps of this run (default: 100), or steps a to b',
      stepsOfTimeline,
    )
    .option('--metrics-listen <host:port>', 'serve Prometheus’ /metrics, and /health, there (docs/metrics.md)')
    .option('--page-listen <host:port>', 'serve a web page of the run there (docs/page.md)');
}

/** Throws a ConfigurationError that names the key. Workers run in this working directory, and are told where the data is. */
export function loadRunConfig({ config: file, set = [] }: RunFlags, overrides: readonly string[] = []): RunConfig {
  return withDataPaths(loadConfig(file, { overrides: [...set, ...overrides] }), file, () => true);
}

/**
 * For workers on machines of their own: a path that is found from the working directory stays as it was written, and each looks
 * for it from its own. What is only beside the configuration file, of which they know nothing, becomes absolute.
 */
export function loadClusterConfig({ config: file, set = [] }: RunFlags): RunConfig {
  return withDataPaths(loadConfig(file, { overrides: set }), file, (found, path) => found !== resolve(path));
}

/** Says where data is that is found, and workers are to be told of; all other paths stay as they were written. */
function withDataPaths(config: RunConfig, file: string, isTold: (found: string, path: string) => boolean): RunConfig {
  const { data } = config;
  // A pattern of shards has wildcards in the file's name only.
  const exists = (path: string) => existsSync(path) || (data.format === 'webdataset' && existsSync(dirname(path)));
  const place = (path: string) => {
    const found = resolveDataPath(path, file, exists);
    return exists(found) && isTold(found, path) ? found : path;
  };
  const evaluation = data.eval === undefined ? {} : { eval: place(data.eval) };
  return { ...config, data: { ...data, train: place(data.train), ...evaluation } };
}

/**
 * The folder from which the network's module can be loaded: the one that was named, else this one, or that of the configuration
 * file. Undefined where the network is one of Tandem's.
 */
export function modulesFolder({ model }: RunConfig, file: string, named: string | undefined): string | undefined {
  if (model.module === undefined) return undefined;
  if (named !== undefined) return resolve(named);
  const [here, beside] = [resolve(), resolve(dirname(file))];
  return locateModule(model.module, here) === undefined ? beside : here;
}

/** The options of startCoordinator that the flags give. */
export function coordinatorOptions(flags: RunFlags) {
  const { out, resume = false, maxSteps, timeline, timelineSteps: steps, metricsListen, pageListen } = flags;
  if (timeline === undefined && steps !== undefined)
    throw new ConfigurationError({
      code: 'TANDEM_FLAGS',
      what: '--timeline-steps says of which steps, but no --timeline says where to',
      remedy: 'Give --timeline FILE as well.',
    });
  const samples = drawSamplesOf(resolve(out));
  return {
    runDirectory: resolve(out),
    resume,
    // Secrets are in files and the environment, never in flags.
    command: ['tandem', ...process.argv.slice(2)],
    ...(maxSteps !== undefined && { lastStep: maxSteps }),
    ...(metricsListen !== undefined && { metricsListen }),
    drawSamples: samples,
    ...(pageListen !== undefined && { page: { listen: pageListen, samples } }),
    ...(timeline !== undefined && { timeline: { file: timeline, ...(steps !== undefined && { steps }) } }),
  };
}
