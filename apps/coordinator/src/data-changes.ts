import type { CheckpointManifest } from '@tandem/checkpoint';

/**
 * What a person should know where the data set is not the one that the resumed run was trained on, wherever either lies.
 * Undefined where it is, and where the checkpoint does not say.
 */
export function dataChangesOnResume(
  resumed: Pick<CheckpointManifest, 'datasetDigest'> | undefined,
  datasetDigest: string,
): string | undefined {
  const recorded = resumed?.datasetDigest;
  if (recorded === undefined || recorded === datasetDigest) return undefined;
  return `The data set is not the one that the run was trained on: it goes on with other bits. ${recorded} → ${datasetDigest}`;
}

/** The same of the code of a network that is not Tandem's own. */
export function codeChangesOnResume(
  resumed: Pick<CheckpointManifest, 'networkDigest'> | undefined,
  networkDigest: string,
): string | undefined {
  const recorded = resumed?.networkDigest;
  if (recorded === undefined || recorded === networkDigest) return undefined;
  return `The code of the network (model.module) is not that which was trained: the run goes on with other bits. ${recorded} → ${networkDigest}`;
}
