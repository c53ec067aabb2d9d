import { cacheDirectory } from '@tandem/core';
import { setupError } from './errors.js';
import { presentPlatform } from './platform.js';
import { requireTensorFlow, type TensorFlow, usesGpu } from './require-tensorflow.js';
import { runtimeFor } from './selection.js';
import { tensorFlowEnvironment, type TensorFlowOptions } from './tensorflow-environment.js';

const FATAL_ONLY = '3';

let loaded: { readonly options: string; readonly tf: TensorFlow } | undefined;

/**
 * Loads the native TensorFlow, once a process: later calls with like options return the same module. Sets the variables of
 * `tensorFlowEnvironment`, so call it before anything else loads TensorFlow.
 *
 * Throws ConfigurationErrors: `TANDEM_RUNTIME_MISSING` when it was not set up, `TANDEM_RUNTIME_NO_CUDA` when a GPU is asked
 * for and the set-up is for CPUs or no such GPU answers, `TANDEM_RUNTIME_LOAD` when the libraries do not load,
 * `TANDEM_RUNTIME_LOADED` when it was loaded with other options.
 */
export function loadTensorFlow(options: TensorFlowOptions): TensorFlow {
  const wanted = JSON.stringify([options.threads, options.device, options.verbose ?? false]);
  if (loaded !== undefined) {
    if (loaded.options === wanted) return loaded.tf;
    throw setupError('TANDEM_RUNTIME_LOADED', {
      what: `TensorFlow is loaded with [threads, device, verbose] = ${loaded.options} and cannot change to ${wanted}`,
      remedy: 'Use another process: TensorFlow reads its settings once.',
    });
  }
  const runtime = findRuntime(options);
  const environment = tensorFlowEnvironment(options);
  Object.assign(process.env, environment);
  // A CUDA build reports as an error that it finds no GPU, which is what was asked for; that nothing works is thrown.
  if (options.device === 'cpu' && runtime.flavour !== 'cpu' && !options.verbose)
    process.env['TF_CPP_MIN_LOG_LEVEL'] = FATAL_ONLY;
  let tf: TensorFlow;
  try {
    tf = requireTensorFlow(runtime.binding);
  } catch (cause) {
    throw setupError('TANDEM_RUNTIME_LOAD', {
      what: 'TensorFlow does not load',
      where: runtime.directory,
      remedy: 'Remove that folder and run `tandem setup`.',
      cause,
    });
  } finally {
    Object.assign(process.env, environment);
  }
  if (options.device !== 'cpu' && !usesGpu(tf))
    throw setupError('TANDEM_RUNTIME_NO_CUDA', {
      what: `TensorFlow finds no GPU for ${options.device}`,
      expected: 'an NVIDIA GPU, its driver for CUDA 12, and a number below the count of devices',
      remedy: '`tandem doctor` shows what is there; verbose loading shows why CUDA did not start.',
    });
  loaded = { options: wanted, tf };
  return tf;
}

function findRuntime(options: TensorFlowOptions) {
  const cache = cacheDirectory();
  const platform = presentPlatform();
  const onGpu = options.device !== 'cpu';
  const runtime = platform && runtimeFor(onGpu ? 'gpu' : 'cpu', cache, platform);
  if (runtime !== undefined) return runtime;
  if (onGpu && platform && runtimeFor('cpu', cache, platform) !== undefined)
    throw setupError('TANDEM_RUNTIME_NO_CUDA', {
      what: `the native runtime is the CPU build, and ${options.device} was asked for`,
      where: cache,
      remedy:
        'Run `tandem setup --flavour cuda` where there is an NVIDIA GPU; without one leave --gpus and --device out.',
    });
  throw setupError('TANDEM_RUNTIME_MISSING', {
    what: 'the native TensorFlow is not set up',
    where: cache,
    remedy:
      'Run `tandem setup` (npx tandem, or npm run tandem -- setup): it fetches TensorFlow and builds the binding, once a machine.',
  });
}
