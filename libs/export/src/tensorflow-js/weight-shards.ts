import type { Constant } from '../constant.js';

/** Small enough for a browser's cache to keep, as the shards of TensorFlow.js' own converter. */
export const MAX_SHARD_BYTES = 4_000_000;

/** What model.json says of a weight; its bytes follow those of the one before. */
export interface WeightEntry {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: 'float32' | 'int32';
}

export interface WeightShards {
  readonly entries: readonly WeightEntry[];
  /** The weights' bytes one after another, little-endian, cut wherever a shard is full. */
  readonly shards: readonly Uint8Array[];
}

export function weightShards(
  constants: readonly Constant<Float32Array | Int32Array>[],
  maxShardBytes: number = MAX_SHARD_BYTES,
): WeightShards {
  const bytes = Buffer.concat(
    constants.map(({ values }) => new Uint8Array(values.buffer, values.byteOffset, values.byteLength)),
  );
  const shards = Array.from({ length: Math.ceil(bytes.length / maxShardBytes) }, (_, shard) =>
    bytes.subarray(shard * maxShardBytes, (shard + 1) * maxShardBytes),
  );
  const entries = constants.map(({ name, shape, values }): WeightEntry => ({
    name,
    shape,
    dtype: values instanceof Int32Array ? 'int32' : 'float32',
  }));
  return { entries, shards };
}
