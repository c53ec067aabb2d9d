export type Device = 'cpu' | `gpu:${number}`;

export interface TensorFlowOptions {
  /** Threads that one operation may use, at least 1. Part of what the results depend on, to the last bit. */
  readonly threads: number;
  /** One device a process: TensorFlow.js knows no other choice. */
  readonly device: Device;
  /** Lets TensorFlow's own start-up messages and warnings through to standard error; its errors always are. Default false. */
  readonly verbose?: boolean | undefined;
}

const ERRORS_ONLY = '2';
const COMPUTE_CACHE_BYTES = 4 * 2 ** 30;

/**
 * The variables that TensorFlow and CUDA read when they are loaded. `gpu:K` counts among the devices that `present` shows,
 * as a scheduler that granted some of them expects, and otherwise in the order of `nvidia-smi`.
 */
export function tensorFlowEnvironment(
  options: TensorFlowOptions,
  present: NodeJS.ProcessEnv = process.env,
): Record<string, string> {
  const { threads, device, verbose } = options;
  const common = {
    TF_NUM_INTRAOP_THREADS: String(threads),
    // Operations are run one after another.
    TF_NUM_INTEROP_THREADS: '1',
    TF_CPP_MIN_LOG_LEVEL: verbose ? '0' : (present['TF_CPP_MIN_LOG_LEVEL'] ?? ERRORS_ONLY),
  };
  if (device === 'cpu') return { ...common, CUDA_VISIBLE_DEVICES: '-1' };
  const index = Number(device.slice('gpu:'.length));
  const granted = present['CUDA_VISIBLE_DEVICES']?.split(',').filter((name) => name !== '' && name !== '-1');
  return {
    ...common,
    CUDA_DEVICE_ORDER: present['CUDA_DEVICE_ORDER'] ?? 'PCI_BUS_ID',
    CUDA_VISIBLE_DEVICES: granted?.length ? (granted[index] ?? '-1') : String(index),
    // Several workers may share a GPU, and the whole of its memory is seldom needed.
    TF_FORCE_GPU_ALLOW_GROWTH: 'true',
    TF_DETERMINISTIC_OPS: '1',
    // Kernels compiled for a GPU newer than the build take minutes; the default cache is too small to keep them.
    CUDA_CACHE_MAXSIZE: present['CUDA_CACHE_MAXSIZE'] ?? String(COMPUTE_CACHE_BYTES),
  };
}
