import type { CheckpointManifest } from '@tandem/checkpoint';
import type { EventName } from '@tandem/observability';
import type { Prepared } from '@tandem/rpc';

export interface ResumeWarning {
  readonly event: EventName;
  readonly text: string;
}

type Trained = Pick<CheckpointManifest, 'datasetDigest' | 'networkDigest' | 'engine'>;
type Found = Pick<Prepared, 'datasetDigest' | 'networkDigest' | 'engine'>;

/**
 * What a person should know where the workers have not what the resumed run was trained with: it goes on with other bits.
 * What the checkpoint does not say is not compared.
 */
export function resumeWarnings(resumed: Trained | undefined, found: Found): readonly ResumeWarning[] {
  if (resumed === undefined) return [];
  const warnings: ResumeWarning[] = [];
  if (resumed.datasetDigest !== undefined && resumed.datasetDigest !== found.datasetDigest)
    warnings.push({
      event: 'data.other-set',
      text: `The data set is not the one that the run was trained on: it goes on with other bits. ${resumed.datasetDigest} → ${found.datasetDigest}`,
    });
  const before = resumed.engine ?? 'native';
  const engine = found.engine || 'native';
  if (before !== engine)
    warnings.push({
      event: 'engine.other',
      text: `The run was trained with the ${before} engine and goes on with the ${engine} one: with other bits than with one engine throughout`,
    });
  if (resumed.networkDigest !== undefined && resumed.networkDigest !== found.networkDigest)
    warnings.push({
      event: 'run.notice',
      text: `The code of the network (model.module) is not that which was trained: the run goes on with other bits. ${resumed.networkDigest} → ${found.networkDigest}`,
    });
  return warnings;
}
