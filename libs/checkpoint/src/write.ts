import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { invariant } from '@tandem/core';
import { checkpointWriteFailed } from './errors.js';
import type { FileSystem, WritableFile } from './files/file-system.js';
import { nodeFileSystem } from './files/node-file-system.js';
import {
  beginDirectory,
  checkpointName,
  checkpointsDirectory,
  manifestFile,
  modelFile,
  optimizerFile,
} from './layout.js';
import { type FileDigest, manifestText } from './manifest.js';
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
  /** What it was computed with: `native` or `wasm`. */
  readonly engine?: string;
  /** Class names, in the order of the network's outputs. */
  readonly classes: readonly string[];
  /** What was taken off every pixel, one a channel, 0…255. */
  readonly channelMeans?: readonly number[];
  /** Tells the data set that it was trained on, wherever that lies. */
  readonly datasetDigest?: string;
  /** Tells the code of a network that is not Tandem's own. */
  readonly networkDigest?: string;
  readonly parameters: readonly ParameterShape[];
  /** All parameters' values, flat, in parameter order. */
  readonly weights: Float32Array;
  /** All parameters' momenta, likewise. */
  readonly momenta: Float32Array;
}

/** The event loop gets a turn after each, so that heartbeats go on while hundreds of megabytes are hashed. */
const sliceBytes = 4 * 1024 * 1024;

/**
 * Writes DIR/checkpoints/step-…, whole or not at all: into a temporary sibling, synced, then renamed.
 * Returns the folder. Throws a RunError (`TANDEM_CHECKPOINT_WRITE`), and older checkpoints are then as they were.
 */
export async function writeCheckpoint(
  runDirectory: string,
  content: CheckpointContent,
  files: FileSystem = nodeFileSystem,
): Promise<string> {
  let writing: string | undefined;
  try {
    const place = await beginDirectory(runDirectory, content.step, files);
    writing = place.path;
    const written = {
      [modelFile]: await writeFile(files, join(writing, modelFile), (file) =>
        writeParts(
          file,
          partsOf(content.parameters, content.weights, (name) => name),
        ),
      ),
      [optimizerFile]: await writeFile(files, join(writing, optimizerFile), (file) =>
        writeParts(file, partsOf(content.parameters, content.momenta, momentumName)),
      ),
    };
    const manifest = Buffer.from(manifestOf(content, written));
    await writeFile(files, join(writing, manifestFile), (file) => file.write(manifest));
    return await place.commit();
  } catch (cause) {
    if (writing !== undefined) await files.remove(writing).catch(() => undefined);
    throw checkpointWriteFailed(join(checkpointsDirectory(runDirectory), checkpointName(content.step)), cause);
  }
}

function partsOf(
  parameters: readonly ParameterShape[],
  flat: Float32Array,
  nameOf: (parameter: string) => string,
): SafetensorsParts {
  const tensors: SafeTensor[] = [];
  const elements = forEachParameter(parameters, ({ name, shape }, start, end) => {
    tensors.push({ name: nameOf(name), dtype: 'F32', shape, data: flat.subarray(start, end) });
  });
  invariant(elements === flat.length, `${elements} values in the parameters, ${flat.length} in the state`);
  return safetensorsParts(tensors);
}

async function writeParts(file: WritableFile, { parts, totalBytes }: SafetensorsParts): Promise<FileDigest> {
  const hash = createHash('sha256');
  for (const part of parts)
    for (let offset = 0; offset < part.byteLength; offset += sliceBytes) {
      const slice = part.subarray(offset, offset + sliceBytes);
      hash.update(slice);
      await file.write(slice);
    }
  return { bytes: totalBytes, sha256: hash.digest('hex') };
}

function manifestOf(content: CheckpointContent, files: Record<string, FileDigest>): string {
  const { channelMeans, datasetDigest, networkDigest, engine } = content;
  return manifestText({
    step: content.step,
    epoch: content.epoch,
    seed: content.seed,
    tandem: content.tandemVersion,
    tensorflow: content.tensorflowVersion,
    ...(engine !== undefined && { engine }),
    config: content.config as Record<string, unknown>,
    classes: [...content.classes],
    ...(channelMeans !== undefined && { channelMeans: [...channelMeans] }),
    ...(datasetDigest !== undefined && { datasetDigest }),
    ...(networkDigest !== undefined && { networkDigest }),
    parameters: content.parameters.map(({ name, shape }) => ({ name, shape: [...shape] })),
    files,
  });
}

async function writeFile<T>(files: FileSystem, path: string, write: (file: WritableFile) => Promise<T>): Promise<T> {
  const file = await files.create(path);
  try {
    const result = await write(file);
    await file.sync();
    return result;
  } finally {
    await file.close();
  }
}
