import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { brokenCheckpoint } from './errors.js';
import { manifestFile } from './layout.js';

const fileSchema = z.object({ bytes: z.int().min(0), sha256: z.string().regex(/^[0-9a-f]{64}$/) });

const manifestSchema = z.object({
  /** 2: the manifest ends with its own SHA-256. */
  format: z.enum(['tandem-checkpoint/1', 'tandem-checkpoint/2']),
  step: z.int().min(0),
  epoch: z.int().min(0),
  seed: z.int().min(0),
  tandem: z.string(),
  tensorflow: z.string(),
  /** What it was computed with; older checkpoints do not say, and were native. */
  engine: z.string().optional(),
  /** The resolved configuration of the run. */
  config: z.record(z.string(), z.unknown()),
  /** In the order of the network's outputs. */
  classes: z.array(z.string()),
  /** Taken off every pixel, 0…255; older checkpoints do not say. */
  channelMeans: z.array(z.number()).optional(),
  /** Of the data set that it was trained on, wherever that lies; older checkpoints do not say. */
  datasetDigest: z.string().optional(),
  /** Of the code of a network of one's own (model.module). */
  networkDigest: z.string().optional(),
  /** In the network's order, which the files do not tell. */
  parameters: z.array(z.object({ name: z.string(), shape: z.array(z.int().min(0)) })),
  files: z.record(z.string(), fileSchema),
});

export type CheckpointManifest = z.output<typeof manifestSchema>;
export type FileDigest = z.output<typeof fileSchema>;

/** The last key: the SHA-256 of every byte before it. */
const seal = /,\n {2}"sha256": "([0-9a-f]{64})"\n\}\n$/;

/** The manifest as it is written, sealed by its own checksum. */
export function manifestText(manifest: Omit<CheckpointManifest, 'format'>): string {
  const text = JSON.stringify({ format: 'tandem-checkpoint/2', ...manifest }, null, 2);
  const sealed = text.slice(0, text.lastIndexOf('\n}'));
  return `${sealed},\n  "sha256": "${digestOf(sealed)}"\n}\n`;
}

/** Throws a ConfigurationError (`TANDEM_CHECKPOINT_BROKEN`) that names the file. */
export async function readManifest(directory: string): Promise<CheckpointManifest> {
  const file = join(directory, manifestFile);
  let text: string;
  let raw: unknown;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(await readFile(file));
    raw = JSON.parse(text);
  } catch (cause) {
    throw brokenCheckpoint(file, 'the manifest cannot be read', 'a checkpoint folder with a manifest in JSON', cause);
  }
  const checked = manifestSchema.safeParse(raw);
  if (!checked.success) {
    const issue = checked.error.issues[0]!;
    throw brokenCheckpoint(file, `the manifest's ${issue.path.join('.') || 'content'} does not fit`, issue.message);
  }
  checkSeal(file, text, checked.data.format);
  checkName(directory, file, checked.data.step);
  return checked.data;
}

function checkSeal(file: string, text: string, format: CheckpointManifest['format']): void {
  const found = seal.exec(text);
  if (found === null) {
    if (format === 'tandem-checkpoint/1') return;
    throw brokenCheckpoint(file, 'the manifest does not end with its SHA-256', `that of ${format}`);
  }
  const actual = digestOf(text.slice(0, found.index));
  if (actual !== found[1])
    throw brokenCheckpoint(file, `the manifest's SHA-256 is ${actual}`, `${found[1]}, as it says itself`);
}

/** A folder that is called as a checkpoint is must be that of its step. */
function checkName(directory: string, file: string, step: number): void {
  const named = /^step-(\d{8,})$/.exec(basename(directory));
  if (named !== null && Number(named[1]) !== step)
    throw brokenCheckpoint(
      file,
      `the manifest is of step ${step}`,
      `step ${Number(named[1])}, as the folder is called`,
    );
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
