import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { brokenCheckpoint } from './errors.js';
import { manifestFile } from './layout.js';

const fileSchema = z.object({ bytes: z.int().min(0), sha256: z.string().regex(/^[0-9a-f]{64}$/) });

const manifestSchema = z.object({
  format: z.literal('tandem-checkpoint/1'),
  step: z.int().min(0),
  epoch: z.int().min(0),
  seed: z.int().min(0),
  tandem: z.string(),
  tensorflow: z.string(),
  /** The resolved configuration of the run. */
  config: z.record(z.string(), z.unknown()),
  /** In the order of the network's outputs. */
  classes: z.array(z.string()),
  /** Taken off every pixel, 0…255; older checkpoints do not say. */
  channelMeans: z.array(z.number()).optional(),
  /** In the network's order, which the files do not tell. */
  parameters: z.array(z.object({ name: z.string(), shape: z.array(z.int().min(0)) })),
  files: z.record(z.string(), fileSchema),
});

export type CheckpointManifest = z.output<typeof manifestSchema>;
export type FileDigest = z.output<typeof fileSchema>;

/** Throws a ConfigurationError (`TANDEM_CHECKPOINT_BROKEN`) that names the file. */
export async function readManifest(directory: string): Promise<CheckpointManifest> {
  const file = join(directory, manifestFile);
  let raw: unknown;
  try {
    raw = JSON.parse(await readFile(file, 'utf8'));
  } catch (cause) {
    throw brokenCheckpoint(file, 'the manifest cannot be read', 'a checkpoint folder with a manifest in JSON', cause);
  }
  const checked = manifestSchema.safeParse(raw);
  if (checked.success) return checked.data;
  const issue = checked.error.issues[0]!;
  throw brokenCheckpoint(file, `the manifest's ${issue.path.join('.') || 'content'} does not fit`, issue.message);
}
