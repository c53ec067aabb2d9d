import type { ClusterStatus } from '@tandem/rpc';
import { statusText } from '../status-text.js';
import { followStatus, type FollowOptions, isOver } from './follow-status.js';

export interface WatchAsTextOptions extends FollowOptions {
  readonly address: string;
  readonly json: boolean;
  readonly write?: (text: string) => void;
}

/** Writes a run's status again and again until the run ends: for pipes and files. Rejects as followStatus does. */
export async function watchAsText(options: WatchAsTextOptions): Promise<void> {
  const { address, json, write = (text) => process.stdout.write(text), ...follow } = options;
  let last: ClusterStatus | undefined;
  let wasSilent = false;
  for await (const { status, silentMs } of followStatus(follow)) {
    const isSilent = silentMs !== undefined;
    if (!isSilent) write(json ? statusJson(status) : `${statusText(status)}\n`);
    else if (!wasSilent && !json) write(`${address} does not answer: looking for it\n`);
    wasSilent = isSilent;
    last = status;
  }
  if (!json && last !== undefined && !isOver(last)) write('The coordinator has ended.\n');
}

export function statusJson({ detail: _, ...status }: ClusterStatus): string {
  return `${JSON.stringify(status)}\n`;
}
