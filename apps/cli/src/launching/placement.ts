import { ConfigurationError } from '@tandem/core';
import type { Device } from '@tandem/runtime';

export interface PlacementRequest {
  readonly workers: number | 'auto';
  /** Of the CPU: threads a worker; `auto`: the cores, divided among the workers. */
  readonly threads: number | 'auto';
  readonly device: 'cpu' | 'gpu';
  /** K of `gpu:K`, for worker 0, 1, …; undefined: all that there are, in order. */
  readonly gpus: readonly number[] | undefined;
  /** Of the machine, that this process may use. */
  readonly cores: number;
  /** GPUs that this process may use; undefined where that is not known. */
  readonly visibleGpus: number | undefined;
  /** No more workers are of use: those beyond would wait as spares. */
  readonly mostWorkers: number;
}

export interface Placement {
  /** Worker K's. */
  readonly devices: readonly Device[];
  readonly threads: number;
  /** What a person should know. */
  readonly notices: readonly string[];
}

const WITHOUT_GPUS = 'Leave --gpus and --device out to train on the CPU; `tandem doctor` lists the GPUs.';

/** One worker a GPU, or a share of the CPU. Throws a ConfigurationError (`TANDEM_PLACEMENT`). */
export function placeWorkers(request: PlacementRequest): Placement {
  const devices = request.device === 'gpu' ? onGpus(request) : onCpu(request);
  const { cores } = request;
  const threads = request.threads === 'auto' ? Math.max(1, Math.floor(cores / devices.length)) : request.threads;
  const wanted = devices.length * threads;
  const notice = `${devices.length} workers with ${threads} thread(s) each are more than the ${cores} core(s) there are: they wait for each other (--workers auto, --threads auto)`;
  return { devices, threads, notices: wanted > cores && devices.length > 1 ? [notice] : [] };
}

function onCpu({ workers, threads, cores, mostWorkers }: PlacementRequest): Device[] {
  const share = threads === 'auto' ? 1 : threads;
  const count = workers === 'auto' ? Math.min(mostWorkers, Math.max(1, Math.floor(cores / share))) : workers;
  return Array.from({ length: count }, () => 'cpu');
}

function onGpus({ workers, gpus, visibleGpus, mostWorkers }: PlacementRequest): Device[] {
  const there = gpus ?? (visibleGpus === undefined ? undefined : Array.from({ length: visibleGpus }, (_, k) => k));
  if (there?.length === 0)
    throw unplaceable('there is no GPU that this process may use', 'a GPU, as nvidia-smi lists them');
  const absent = gpus?.find((gpu) => visibleGpus !== undefined && gpu >= visibleGpus);
  if (absent !== undefined)
    throw unplaceable(
      `there is no gpu:${absent}`,
      `numbers below ${visibleGpus}, of the GPUs that this process may use`,
    );
  if (workers === 'auto') {
    if (there === undefined)
      throw unplaceable(
        'no GPU is seen here: there is no nvidia-smi',
        'a GPU and its driver, or --gpus with their numbers where nvidia-smi is missing',
      );
    return there.slice(0, mostWorkers).map((gpu): Device => `gpu:${gpu}`);
  }
  if (there !== undefined && workers > there.length)
    throw unplaceable(
      `${workers} workers are to have a GPU each, and there are ${there.length}`,
      'at most as many workers',
    );
  return Array.from({ length: workers }, (_, index): Device => `gpu:${there?.[index] ?? index}`);
}

function unplaceable(what: string, expected: string): ConfigurationError {
  return new ConfigurationError({
    code: 'TANDEM_PLACEMENT',
    what,
    where: '--workers, --gpus',
    expected,
    remedy: WITHOUT_GPUS,
  });
}
