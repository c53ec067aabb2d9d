import type { z } from 'zod';
import { z as zod } from 'zod';
import type {
  Begin,
  Booked,
  ClockReading,
  ClusterEvent,
  ClusterStatus,
  CoordinatorMessage,
  EndOfRun,
  Generation,
  Member,
  MemberStatus,
  MemberTimes,
  SnapshotTaken,
  StatusDetail,
  Stop,
  TimelineRequest,
  Welcome,
} from '../messages.js';
import { faultOf } from './fault-of.js';
import {
  address,
  anyNumber,
  count,
  finite,
  json,
  line,
  list,
  message,
  milliseconds,
  name,
  runId,
  text,
  time,
  uint32,
} from './fields.js';
import { logEntry } from './log-entry.js';

const MAX_MEMBERS = 65_536;
const MAX_LOSSES = 240;
const MAX_EVENTS = 100;
const MAX_EVALUATIONS = 1_000_000;

const rules: {
  readonly [K in NonNullable<CoordinatorMessage['kind']>]: z.ZodType<NonNullable<CoordinatorMessage[K]>>;
} = {
  welcome: message<Welcome>({
    runId,
    heartbeatMs: uint32.min(1),
    configJson: json,
    coordinatorTimeoutMs: uint32,
    timeline: message<TimelineRequest>({ firstStep: count, lastStep: count, everySteps: count }).nullable(),
  }),
  generation: message<Generation>({
    number: count,
    members: list(message<Member>({ rank: uint32, name, address }), MAX_MEMBERS),
    configJson: json,
  }),
  begin: message<Begin>({
    generation: count,
    step: count,
    weights: zod.enum(['SEED', 'CHECKPOINT', 'PEER']),
    source: uint32,
    behind: list(uint32, MAX_MEMBERS),
    lastStep: count,
    evaluationErrors: list(uint32, MAX_EVALUATIONS),
    lastEvaluation: count,
    checkpointDue: zod.boolean(),
  }),
  booked: message<Booked>({ step: count, evaluation: count }),
  stop: message<Stop>({ reason: text(8_192) }),
  snapshotTaken: message<SnapshotTaken>({ step: count }),
  end: message<EndOfRun>({ failed: zod.boolean(), reason: text(131_072) }),
  clockReading: message<ClockReading>({ probeSentUs: finite, receivedUs: finite, sentUs: finite }),
};

const status = message<ClusterStatus>({
  runId,
  state: line(64),
  generation: count,
  step: count,
  totalSteps: count,
  epoch: uint32,
  loss: anyNumber,
  imagesPerSecond: anyNumber,
  members: list(
    message<MemberStatus>({
      rank: uint32,
      name,
      host: line(255),
      address: line(320),
      step: count,
      phase: line(64),
      heartbeatAgeMs: finite,
      device: line(64),
    }),
    MAX_MEMBERS,
  ),
  detail: message<StatusDetail>({
    timeMs: time,
    epochs: uint32,
    remainingMs: milliseconds,
    losses: list(anyNumber, MAX_LOSSES),
    times: list(
      message<MemberTimes>({
        step: count,
        stepMs: milliseconds,
        dataMs: milliseconds,
        computeMs: milliseconds,
        exchangeMs: milliseconds,
        updateMs: milliseconds,
        imagesPerSecond: finite,
      }),
      MAX_MEMBERS,
    ),
    events: list(message<ClusterEvent>({ entry: logEntry, process: name }), MAX_EVENTS),
  }).nullable(),
});

/** What is wrong with a message to a worker; undefined: nothing. */
export function coordinatorMessageFault(sent: CoordinatorMessage): string | undefined {
  const { kind } = sent;
  if (kind === undefined) return 'the message is empty';
  return faultOf(rules[kind], sent[kind], kind);
}

/** What is wrong with what a coordinator says of its run; undefined: nothing. */
export function clusterStatusFault(sent: ClusterStatus): string | undefined {
  return faultOf(status, sent, 'status');
}
