import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Gpu {
  /** As `nvidia-smi` numbers it: the K of `gpu:K`. */
  readonly index: number;
  readonly name: string;
  /** Undefined where only the driver's own files say that it is there. */
  readonly memoryBytes: number | undefined;
}

const DRIVER = '/proc/driver/nvidia';
const SMI_TIMEOUT_MS = 10_000;

export function hasNvidiaDriver(): boolean {
  return existsSync(join(DRIVER, 'version')) || nvidiaGpus().length > 0;
}

/** The machine's NVIDIA GPUs: what `nvidia-smi` lists, or else the driver's own files. */
export function nvidiaGpus(): readonly Gpu[] {
  try {
    const query = ['--query-gpu=index,name,memory.total', '--format=csv,noheader,nounits'];
    const text = execFileSync('nvidia-smi', query, {
      encoding: 'utf8',
      timeout: SMI_TIMEOUT_MS,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return parseNvidiaSmi(text);
  } catch {
    return gpusOfDriver();
  }
}

/** Lines of "index, name, MiB". */
export function parseNvidiaSmi(text: string): Gpu[] {
  return text
    .split('\n')
    .map((line) => line.split(', '))
    .filter((fields) => fields.length === 3)
    .map(([index, name, mebibytes]) => ({
      index: Number(index),
      name: name!,
      memoryBytes: Number.isFinite(Number(mebibytes)) ? Number(mebibytes) * 2 ** 20 : undefined,
    }));
}

function gpusOfDriver(): Gpu[] {
  try {
    const folder = join(DRIVER, 'gpus');
    return readdirSync(folder)
      .sort()
      .map((slot, index) => {
        const model = /^Model:\s*(.*)$/m.exec(readFileSync(join(folder, slot, 'information'), 'utf8'));
        return { index, name: model?.[1]?.trim() ?? 'NVIDIA GPU', memoryBytes: undefined };
      });
  } catch {
    return [];
  }
}
