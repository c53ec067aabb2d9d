import type { CheckpointContent } from '@tandem/checkpoint';
import type { RunConfig } from '@tandem/core';
import type { Member } from '../membership/member.js';

/** What the manifest of every checkpoint of a run says beside the step, the epoch and the state. */
export type CheckpointAbout = Omit<CheckpointContent, 'step' | 'epoch' | 'weights' | 'momenta'>;

/** By the configuration and what the first member, prepared, says of its data and its network. */
export function checkpointAbout(
  config: RunConfig,
  { hello, prepared }: Pick<Member, 'hello' | 'prepared'>,
): CheckpointAbout {
  const { parameters, classes, channelMeans, datasetDigest, networkDigest, tensorflowVersion, engine } = prepared!;
  return {
    ...{ seed: config.training.seed, config, tandemVersion: hello.tandemVersion, tensorflowVersion },
    engine: engine || 'native',
    ...{ classes, channelMeans, datasetDigest, parameters },
    ...(networkDigest !== '' && { networkDigest }),
  };
}
