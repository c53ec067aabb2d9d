import type { RunConfig } from '@tandem/core';
import { logEntryMessage, type MemberTimesInput, type StatusDetailInput, type StepReport } from '@tandem/rpc';
import { ownSamples } from './metrics/own-samples.js';
import type { ClusterLog } from './monitoring/cluster-log.js';
import type { StatusFacts } from './status.js';

/** What a view has room for. */
const EVENTS = 100;
const MESSAGE_CHARACTERS = 300;

/** What a live view shows beside clusterStatus. */
export function statusDetail(
  { members, training }: StatusFacts,
  { epochs, microBatches }: RunConfig['training'],
  log: Pick<ClusterLog, 'entries'>,
): StatusDetailInput {
  return {
    timeMs: Date.now(),
    epochs,
    remainingMs: training?.progress.remainingMs(training.step) ?? 0,
    losses: [...(training?.progress.losses ?? [])],
    times: members.map(({ rank, lastReport }) =>
      lastReport === undefined || rank === undefined ? {} : timesOf(lastReport, rank, microBatches),
    ),
    // A step is what the rest of it shows.
    events: log.entries
      .filter(({ event }) => event !== 'step')
      .slice(-EVENTS)
      .map((entry) => ({ entry: logEntryMessage(entry, MESSAGE_CHARACTERS), process: entry.process })),
  };
}

function timesOf(report: StepReport, rank: number, microBatches: number | undefined): MemberTimesInput {
  const { step, stepMs, dataMs, computeMs, exchangeMs, updateMs } = report;
  return {
    ...{ step, stepMs, dataMs, computeMs, exchangeMs, updateMs },
    imagesPerSecond: stepMs > 0 ? (1000 * ownSamples(report, rank, microBatches)) / stepMs : 0,
  };
}
