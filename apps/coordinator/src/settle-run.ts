import type { RunConfig } from '@tandem/core';
import type { Logger } from '@tandem/observability';
import { configOfRun } from './config-of-run.js';
import { checkAgreement } from './membership/agreement.js';
import type { Member } from './membership/member.js';
import { rankOrder } from './membership/ranks.js';
import { resumeWarnings } from './resume-warnings.js';
import type { ResumePoint } from './run-directory.js';

export interface SettledRun {
  /** The member of rank 0: what it says of its data and its network holds for all. */
  readonly first: Member;
  /** With all filled in that depends on the first members. */
  readonly config: RunConfig;
}

/**
 * What those who are there when a run starts decide for as long as it lasts. Gives them their ranks; all are prepared. Throws a
 * ConfigurationError where they are not alike, or the configuration does not fit their network.
 */
export function settleRun(
  members: readonly Member[],
  {
    config,
    resume,
    log,
  }: { readonly config: RunConfig; readonly resume: ResumePoint | undefined; readonly log: Logger },
): SettledRun {
  const order = rankOrder(members.map(({ name }) => name));
  const ranked = order.map((name) => members.find((member) => member.name === name)!);
  for (const [rank, member] of ranked.entries()) member.rank = rank;
  checkAgreement(ranked);
  const first = ranked[0]!;
  const { parameters } = first.prepared!;
  for (const { event, text } of resumeWarnings(resume?.manifest, first.prepared!)) log.warn({ event }, text);
  return { first, config: configOfRun(config, ranked.length, parameters, resume?.manifest, log) };
}
