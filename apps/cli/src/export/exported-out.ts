import { randomUUID } from 'node:crypto';
import { promises as fs, type Stats } from 'node:fs';
import { join, resolve } from 'node:path';
import { ConfigurationError } from '@tandem/core';
import { MODEL_JSON, type ModelFile } from '@tandem/export';

export type ExportFormat = 'tfjs' | 'onnx';

/** Where an exported model goes: a folder for `tfjs`, a file for `onnx`. */
export interface ExportedOut {
  readonly format: ExportFormat;
  readonly out: string;
  /** A model that is there already is replaced. Nothing else ever is. */
  readonly force: boolean;
}

/** Throws a ConfigurationError (`TANDEM_EXPORT_EXISTS`) where `out` is taken by something that is not to be replaced. */
export async function checkOut({ format, out, force }: ExportedOut): Promise<void> {
  const found = await fs.stat(out).catch(() => undefined);
  if (found === undefined) return;
  const kind = format === 'tfjs' ? 'a folder' : 'a file';
  if (!isKind(format, found))
    throw occupied(out, `it is ${found.isDirectory() ? 'a folder' : 'no folder'}`, `${kind} to write the model to`);
  const names = format === 'tfjs' ? await fs.readdir(out) : [];
  if (format === 'tfjs' && names.length === 0) return;
  const foreign = names.find((name) => !isModelFile(name));
  if (foreign !== undefined) throw occupied(out, `there are other files in it, such as ${foreign}`, 'an empty folder');
  if (!force)
    throw new ConfigurationError({
      code: 'TANDEM_EXPORT_EXISTS',
      what: `there is ${kind === 'a file' ? 'a file' : 'a model'} already`,
      where: out,
      remedy: 'Name another --out, or give --force to replace it.',
    });
}

/** Writes a model's files: all of them are there, or none. Throws a ConfigurationError (`TANDEM_OUT_NOT_WRITABLE`). */
export async function writeFolder(out: string, files: readonly ModelFile[]): Promise<void> {
  const folder = resolve(out);
  const partial = `${folder}.${randomUUID()}.partial`;
  try {
    await fs.mkdir(partial, { recursive: true });
    for (const { name, bytes } of files) await fs.writeFile(join(partial, name), bytes);
    await takePlace(partial, folder);
  } catch (cause) {
    throw new ConfigurationError({
      code: 'TANDEM_OUT_NOT_WRITABLE',
      what: 'the folder cannot be written',
      where: out,
      cause,
    });
  } finally {
    await fs.rm(partial, { recursive: true, force: true }).catch(() => undefined);
  }
}

/** A folder cannot be renamed over one that has files in it: the old one steps aside, and comes back if that fails. */
async function takePlace(partial: string, folder: string): Promise<void> {
  const old = `${folder}.${randomUUID()}.replaced`;
  await fs.rename(folder, old).catch(unlessMissing);
  try {
    await fs.rename(partial, folder);
  } catch (error) {
    await fs.rename(old, folder).catch(unlessMissing);
    throw error;
  }
  await fs.rm(old, { recursive: true, force: true });
}

function isKind(format: ExportFormat, found: Stats): boolean {
  return format === 'tfjs' ? found.isDirectory() : found.isFile();
}

function isModelFile(name: string): boolean {
  return name === MODEL_JSON || /^group1-shard\d+of\d+\.bin$/.test(name);
}

function unlessMissing(error: unknown): void {
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
}

function occupied(out: string, what: string, expected: string): ConfigurationError {
  return new ConfigurationError({
    code: 'TANDEM_EXPORT_EXISTS',
    what,
    where: out,
    expected,
    remedy: 'Name another --out.',
  });
}
