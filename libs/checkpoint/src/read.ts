import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describeError } from '@tandem/core';
import { brokenCheckpoint, checkpointMismatch } from './errors.js';
import { type CheckpointEntry, listCheckpoints, modelFile, optimizerFile } from './layout.js';
import { type CheckpointManifest, type FileDigest, readManifest } from './manifest.js';
import { momentumName } from './momentum-name.js';
import { forEachParameter, type ParameterShape } from './parameters.js';
import { decodeSafetensors } from './safetensors/decode.js';

export interface BrokenCheckpoint extends CheckpointEntry {
  /** Which file, and what is wrong with it. */
  readonly reason: string;
}

export interface NewestCheckpoint {
  /** The newest whole one, if there is one. */
  readonly checkpoint: (CheckpointEntry & { readonly manifest: CheckpointManifest }) | undefined;
  /** Newer ones that cannot be trusted, newest first. */
  readonly broken: readonly BrokenCheckpoint[];
}

/** Reasons that lie in this process or its user, not in the checkpoint: nothing is passed over for them. */
const notOfTheFile = ['EACCES', 'EPERM', 'EMFILE', 'ENFILE', 'ENOMEM'];

/**
 * The newest checkpoint whose files have the bytes and checksums of its manifest, and the broken ones passed over. Throws a
 * ConfigurationError where one may be whole and this process may not read it.
 */
export async function newestCheckpoint(runDirectory: string): Promise<NewestCheckpoint> {
  const broken: BrokenCheckpoint[] = [];
  for (const entry of (await listCheckpoints(runDirectory)).toReversed()) {
    try {
      return { checkpoint: { ...entry, manifest: await verifyCheckpoint(entry.directory) }, broken };
    } catch (error) {
      const cause = (error as Error).cause as NodeJS.ErrnoException | undefined;
      if (notOfTheFile.includes(cause?.code ?? '')) throw error;
      broken.push({ ...entry, reason: describeError(error) });
    }
  }
  return { checkpoint: undefined, broken };
}

/** Throws a ConfigurationError (`TANDEM_CHECKPOINT_BROKEN`) that names the first bad file. */
export async function verifyCheckpoint(directory: string): Promise<CheckpointManifest> {
  const manifest = await readManifest(directory);
  for (const name of [modelFile, optimizerFile]) {
    const file = join(directory, name);
    const hash = createHash('sha256');
    let bytes = 0;
    try {
      for await (const slice of createReadStream(file, { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>) {
        hash.update(slice);
        bytes += slice.byteLength;
      }
    } catch (cause) {
      throw brokenCheckpoint(file, 'the file cannot be read', 'one of the two files of a checkpoint', cause);
    }
    checkDigest(file, { bytes, sha256: hash.digest('hex') }, manifest.files[name]);
  }
  return manifest;
}

export interface CheckpointState {
  readonly manifest: CheckpointManifest;
  /** All weights, then all momenta: one piece of memory, float32, in parameter order. */
  readonly state: Float32Array;
  /** The first half of `state`. */
  readonly weights: Float32Array;
  /** The second half of `state`. */
  readonly momenta: Float32Array;
}

/**
 * Reads one checkpoint folder, verified. With `parameters`, names and shapes must be these, in this order of the result.
 * Throws a ConfigurationError: `TANDEM_CHECKPOINT_BROKEN`, `TANDEM_CHECKPOINT_MISMATCH`.
 */
export async function readCheckpoint(
  directory: string,
  parameters?: readonly ParameterShape[],
): Promise<CheckpointState> {
  const manifest = await readManifest(directory);
  const wanted = parameters ?? manifest.parameters;
  checkParameters(directory, manifest.parameters, wanted);
  const elements = forEachParameter(wanted, () => undefined);
  const state = new Float32Array(2 * elements);
  const weights = state.subarray(0, elements);
  const momenta = state.subarray(elements);
  await fill(directory, modelFile, manifest, wanted, (name) => name, weights);
  await fill(directory, optimizerFile, manifest, wanted, momentumName, momenta);
  return { manifest, state, weights, momenta };
}

/**
 * Reads a checkpoint's weights alone, verified: flat, float32, in parameter order. Throws as `readCheckpoint` does.
 */
export async function readWeights(directory: string, parameters: readonly ParameterShape[]): Promise<Float32Array> {
  const manifest = await readManifest(directory);
  checkParameters(directory, manifest.parameters, parameters);
  const weights = new Float32Array(forEachParameter(parameters, () => undefined));
  await fill(directory, modelFile, manifest, parameters, (name) => name, weights);
  return weights;
}

function checkParameters(directory: string, got: readonly ParameterShape[], wanted: readonly ParameterShape[]): void {
  const shapes = new Map(got.map(({ name, shape }) => [name, shape.join(', ')]));
  for (const { name, shape } of wanted) {
    const found = shapes.get(name);
    if (found === undefined)
      throw checkpointMismatch(directory, `there is no parameter ${name}`, `${name} [${shape.join(', ')}]`);
    if (found !== shape.join(', '))
      throw checkpointMismatch(directory, `${name} has shape [${found}]`, `[${shape.join(', ')}]`);
    shapes.delete(name);
  }
  for (const name of shapes.keys())
    throw checkpointMismatch(
      directory,
      `there is a parameter ${name} that the network lacks`,
      `${wanted.length} parameters`,
    );
}

async function fill(
  directory: string,
  name: string,
  manifest: CheckpointManifest,
  parameters: readonly ParameterShape[],
  nameOf: (parameter: string) => string,
  target: Float32Array,
): Promise<void> {
  const file = join(directory, name);
  let bytes: Buffer;
  try {
    bytes = await readFile(file);
  } catch (cause) {
    throw brokenCheckpoint(file, 'the file cannot be read', 'one of the two files of a checkpoint', cause);
  }
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  checkDigest(file, { bytes: bytes.byteLength, sha256 }, manifest.files[name]);
  const tensors = new Map(decodeSafetensors(bytes, file).map((tensor) => [tensor.name, tensor]));
  forEachParameter(parameters, (parameter, start) => {
    const tensor = tensors.get(nameOf(parameter.name));
    if (!(tensor?.data instanceof Float32Array) || tensor.shape.join() !== parameter.shape.join())
      throw brokenCheckpoint(
        file,
        `${nameOf(parameter.name)} is not as the manifest says`,
        `F32 [${parameter.shape.join(', ')}]`,
      );
    target.set(tensor.data, start);
  });
}

function checkDigest(file: string, got: FileDigest, wanted: FileDigest | undefined): void {
  if (wanted === undefined) throw brokenCheckpoint(file, 'the manifest does not list the file', 'its size and SHA-256');
  if (got.bytes !== wanted.bytes)
    throw brokenCheckpoint(file, `the file has ${got.bytes} bytes`, `${wanted.bytes}, as its manifest says`);
  if (got.sha256 !== wanted.sha256)
    throw brokenCheckpoint(file, `the file's SHA-256 is ${got.sha256}`, `${wanted.sha256}, as its manifest says`);
}
