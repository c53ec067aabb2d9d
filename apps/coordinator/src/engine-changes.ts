import type { CheckpointManifest } from '@tandem/checkpoint';

/** What a person should know where a resumed run goes on with another engine than it had. Undefined where it does not. */
export function engineChangesOnResume(
  resumed: Pick<CheckpointManifest, 'engine'> | undefined,
  engine: string,
): string | undefined {
  const recorded = resumed === undefined ? engine : (resumed.engine ?? 'native');
  if (recorded === engine) return undefined;
  return `The run was trained with the ${recorded} engine and goes on with the ${engine} one: with other bits than with one engine throughout`;
}
