import { existsSync } from 'node:fs';
import { access, constants, mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type CheckpointManifest,
  listCheckpoints,
  newestCheckpoint,
  removeLeftovers,
  setAside,
} from '@tandem/checkpoint';
import { ConfigurationError, type RunConfig } from '@tandem/core';
import { formatConfig } from '@tandem/core/config';
import { changesOnResume } from './config-changes.js';
import { runDirectoryUnusable, runExists } from './errors.js';

export interface ResumePoint {
  readonly step: number;
  /** The checkpoint's folder. */
  readonly directory: string;
  readonly manifest: CheckpointManifest;
}

export interface OpenedRunDirectory {
  /** Undefined: the run starts at step 0. */
  readonly resume: ResumePoint | undefined;
  /** What a person should know before it goes on. */
  readonly notices: readonly string[];
}

export function configFile(runDirectory: string): string {
  return join(runDirectory, 'config.yaml');
}

export function metricsFile(runDirectory: string): string {
  return join(runDirectory, 'metrics.jsonl');
}

/**
 * Makes or checks the run directory and finds where to go on. Throws a ConfigurationError: `TANDEM_OUT_NOT_WRITABLE`,
 * `TANDEM_RUN_EXISTS` (without `resume`), `TANDEM_CHECKPOINT_BROKEN` (none of the checkpoints is whole), `TANDEM_RESUME_MODEL`.
 */
export async function openRunDirectory(
  runDirectory: string,
  config: RunConfig,
  resume: boolean,
): Promise<OpenedRunDirectory> {
  let holdsRun: boolean;
  try {
    await mkdir(runDirectory, { recursive: true });
    await access(runDirectory, constants.W_OK | constants.X_OK);
    holdsRun =
      existsSync(configFile(runDirectory)) ||
      existsSync(metricsFile(runDirectory)) ||
      (await listCheckpoints(runDirectory)).length > 0;
    if (resume || !holdsRun) await removeLeftovers(runDirectory);
  } catch (cause) {
    throw runDirectoryUnusable(runDirectory, cause);
  }
  if (!resume) {
    if (holdsRun) throw runExists(runDirectory);
    return { resume: undefined, notices: [] };
  }
  return findResumePoint(runDirectory, config);
}

async function findResumePoint(runDirectory: string, config: RunConfig): Promise<OpenedRunDirectory> {
  const { checkpoint, broken } = await newestCheckpoint(runDirectory);
  if (checkpoint === undefined) {
    if (broken.length > 0)
      throw new ConfigurationError({
        code: 'TANDEM_CHECKPOINT_BROKEN',
        what: `none of the ${broken.length} checkpoints is whole; the newest: ${broken[0]!.reason}`,
        where: runDirectory,
        expected: 'a whole checkpoint to go on from',
        remedy: 'Restore one, or begin a run in another --out.',
      });
    return {
      resume: undefined,
      notices: [`There is no checkpoint in ${runDirectory} yet: the run starts from the beginning.`],
    };
  }
  const { step, directory, manifest } = checkpoint;
  // Where the data lies is another thing on another machine; what it is, is compared when the workers have it.
  const changes = changesOnResume(manifest.config, config, directory).filter(
    (change) => manifest.datasetDigest === undefined || !change.startsWith('data.train:'),
  );
  const notices: string[] = [];
  for (const { directory: bad, reason } of broken)
    notices.push(`A newer checkpoint is broken and was set aside as ${await setAside(bad)}: ${reason}`);
  if (changes.length > 0)
    notices.push(
      `The configuration differs from the one of ${directory}: the run goes on with other bits. ${changes.join('; ')}`,
    );
  return { resume: { step, directory, manifest }, notices };
}

/** Writes the resolved configuration, whole or not at all. */
export async function recordConfig(runDirectory: string, config: RunConfig): Promise<void> {
  const file = configFile(runDirectory);
  try {
    await writeFile(`${file}.writing`, formatConfig(config), { flush: true });
    await rename(`${file}.writing`, file);
  } catch (cause) {
    throw runDirectoryUnusable(runDirectory, cause);
  }
}
