import { dealMicroBatches, type RunConfig } from '@tandem/core';
import { logEntryMessage, type MemberTimesInput, type StatusDetailInput, type StepReport } from '@tandem/rpc';
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
  const { step, stepMs, dataMs, computeMs, exchangeMs, updateMs, samples, worldSize } = report;
  const all = microBatches ?? worldSize;
  // Between two generations its rank may be another one than that of the step.
  const { start, end } = rank < worldSize ? dealMicroBatches(all, worldSize, rank) : { start: 0, end: 0 };
  const own = (samples * (end - start)) / all;
  return {
    ...{ step, stepMs, dataMs, computeMs, exchangeMs, updateMs },
    imagesPerSecond: stepMs > 0 ? (1000 * own) / stepMs : 0,
  };
}
