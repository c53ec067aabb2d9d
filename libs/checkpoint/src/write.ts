import { createHash } from 'node:crypto';
import { type FileHandle, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { invariant } from '@tandem/core';
import { checkpointWriteFailed } from './errors.js';
import {
  beginDirectory,
  checkpointName,
  checkpointsDirectory,
  listCheckpoints,
  manifestFile,
  modelFile,
  optimizerFile,
} from './layout.js';
import type { CheckpointManifest, FileDigest } from './manifest.js';
import { momentumName } from './momentum-name.js';
import { forEachParameter, type ParameterShape } from './parameters.js';
import { type SafetensorsParts, safetensorsParts } from './safetensors/encode.js';
import type { SafeTensor } from './safetensors/tensor.js';

export interface CheckpointContent {
  /** Steps committed. */
  readonly step: number;
  readonly epoch: number;
  readonly seed: number;
  /** The resolved configuration. */
  readonly config: object;
  readonly tandemVersion: string;
  readonly tensorflowVersion: string;
  /** Class names, in the order of the network's outputs. */
  readonly classes: readonly string[];
  /** What was taken off every pixel, one a channel, 0…255. */
  readonly channelMeans?: readonly number[];
  readonly parameters: readonly ParameterShape[];
  /** All parameters' values, flat, in parameter order. */
  readonly weights: Float32Array;
  /** All parameters' momenta, likewise. */
  readonly momenta: Float32Array;
  /** Newest checkpoints that stay, beside step 0. */
  readonly keep: number;
}

/** The event loop gets a turn after each, so that heartbeats go on while hundreds of megabytes are hashed. */
const sliceBytes = 4 * 1024 * 1024;

/**
 * Writes DIR/checkpoints/step-…, whole or not at all: into a temporary sibling, synced, then renamed. Then removes older
 * checkpoints beyond `keep`. Returns the folder. Throws a RunError (`TANDEM_CHECKPOINT_WRITE`).
 */
export async function writeCheckpoint(runDirectory: string, content: CheckpointContent): Promise<string> {
  let writing: string | undefined;
  try {
    const place = await beginDirectory(runDirectory, content.step);
    writing = place.path;
    const files = {
      [modelFile]: await writeTensors(join(writing, modelFile), content.parameters, content.weights, (name) => name),
      [optimizerFile]: await writeTensors(
        join(writing, optimizerFile),
        content.parameters,
        content.momenta,
        momentumName,
      ),
    };
    await writeManifest(join(writing, manifestFile), content, files);
    const directory = await place.commit();
    await retain(runDirectory, content.keep);
    return directory;
  } catch (cause) {
    if (writing !== undefined) await rm(writing, { recursive: true, force: true }).catch(() => undefined);
    throw checkpointWriteFailed(join(checkpointsDirectory(runDirectory), checkpointName(content.step)), cause);
  }
}

async function writeTensors(
  file: string,
  parameters: readonly ParameterShape[],
  flat: Float32Array,
  nameOf: (parameter: string) => string,
): Promise<FileDigest> {
  const tensors: SafeTensor[] = [];
  const elements = forEachParameter(parameters, ({ name, shape }, start, end) => {
    tensors.push({ name: nameOf(name), dtype: 'F32', shape, data: flat.subarray(start, end) });
  });
  invariant(elements === flat.length, `${elements} values in the parameters, ${flat.length} in the state`);
  return writeFile(file, (handle) => writeParts(handle, safetensorsParts(tensors)));
}

async function writeParts(handle: FileHandle, { parts, totalBytes }: SafetensorsParts): Promise<FileDigest> {
  const hash = createHash('sha256');
  for (const part of parts)
    for (let offset = 0; offset < part.byteLength; offset += sliceBytes) {
      const slice = part.subarray(offset, offset + sliceBytes);
      hash.update(slice);
      await handle.writeFile(slice);
    }
  return { bytes: totalBytes, sha256: hash.digest('hex') };
}

async function writeManifest(
  file: string,
  content: CheckpointContent,
  files: Record<string, FileDigest>,
): Promise<void> {
  const manifest: CheckpointManifest = {
    format: 'tandem-checkpoint/1',
    step: content.step,
    epoch: content.epoch,
    seed: content.seed,
    tandem: content.tandemVersion,
    tensorflow: content.tensorflowVersion,
    config: content.config as Record<string, unknown>,
    classes: [...content.classes],
    ...(content.channelMeans !== undefined && { channelMeans: [...content.channelMeans] }),
    parameters: content.parameters.map(({ name, shape }) => ({ name, shape: [...shape] })),
    files,
  };
  await writeFile(file, (handle) => handle.writeFile(`${JSON.stringify(manifest, null, 2)}\n`));
}

async function writeFile<T>(file: string, write: (handle: FileHandle) => Promise<T>): Promise<T> {
  const handle = await open(file, 'wx');
  try {
    const result = await write(handle);
    await handle.sync();
    return result;
  } finally {
    await handle.close();
  }
}

async function retain(runDirectory: string, keep: number): Promise<void> {
  const beyondStart = (await listCheckpoints(runDirectory)).filter(({ step }) => step !== 0);
  for (const { directory } of beyondStart.slice(0, Math.max(0, beyondStart.length - keep)))
    await rm(directory, { recursive: true, force: true });
}
