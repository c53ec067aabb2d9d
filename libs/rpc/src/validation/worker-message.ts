import { MOST_BUCKETS } from '@tandem/observability';
import type { z } from 'zod';
import { z as zod } from 'zod';
import type {
  ClockProbe,
  EvaluationPiece,
  EvaluationReport,
  Failure,
  Finished,
  GradientHistogram,
  Heartbeat,
  Hello,
  LogBatch,
  Machine,
  NonFinite,
  NonFiniteOrigin,
  Parameter,
  PeerFault,
  Prepared,
  Ready,
  ReplicaDigest,
  SnapshotReady,
  Standing,
  StepReport,
  StopRequest,
  TimelineBatch,
  TimelineEvent,
  UnreadableImage,
  WorkerMessage,
} from '../messages.js';
import { WORKER_PHASES } from '../phases.js';
import { faultOf } from './fault-of.js';
import {
  address,
  anyNumber,
  count,
  digest,
  finite,
  line,
  list,
  message,
  milliseconds,
  name,
  nameOrNone,
  runId,
  text,
  uint32,
} from './fields.js';
import { logEntry } from './log-entry.js';

const MAX_PARAMETERS = 16_384;
const MAX_CLASSES = 1_000_000;
const MAX_PIECES = 1_000_000;
/** Of a rank's part of a global batch. */
const MAX_SAMPLES = 1_000_000;
const MAX_UNREADABLE_IMAGES = 10_000;
const MAX_TIMELINE_EVENTS = 8_192;
const MAX_BUCKETS = 65_536;
const MAX_PEERS = 65_536;
const MAX_EVALUATIONS = 1_000_000;

/** Of a batch: what a worker keeps while it is away. */
const MAX_LOG_ENTRIES = 256;

const errorCode = zod.string().regex(/^([A-Z][A-Z0-9_]{0,63})?$/, 'an error code');

const rules: { readonly [K in NonNullable<WorkerMessage['kind']>]: z.ZodType<NonNullable<WorkerMessage[K]>> } = {
  hello: message<Hello>({
    protocolVersion: uint32,
    name,
    host: line(255),
    pid: uint32,
    exchangeAddress: address,
    tandemVersion: line(64),
    device: line(64),
    incarnation: line(64),
    runId,
    generation: count,
  }),
  heartbeat: message<Heartbeat>({ step: count, phase: zod.enum(WORKER_PHASES) }),
  prepared: message<Prepared>({
    trainingSamples: count,
    evaluationSamples: count,
    datasetDigest: line(4_096),
    networkDigest: digest,
    classes: list(line(1_024), MAX_CLASSES),
    parameters: list(message<Parameter>({ name: line(256), shape: list(uint32, 8) }), MAX_PARAMETERS),
    tensorflowVersion: line(64),
    threads: uint32,
    channelMeans: list(finite, 64),
    machine: message<Machine>({
      platform: line(64),
      processor: line(256),
      cores: uint32,
      memoryBytes: count,
      node: line(64),
    }).nullable(),
    engine: line(16),
    engineFallback: line(1_024),
  }),
  ready: message<Ready>({ generation: count, weightsDigest: digest }),
  step: message<StepReport>({
    generation: count,
    step: count,
    epoch: uint32,
    loss: anyNumber,
    learningRate: finite,
    samples: uint32,
    stepMs: milliseconds,
    dataMs: milliseconds,
    computeMs: milliseconds,
    exchangeMs: milliseconds,
    updateMs: milliseconds,
    bytesSent: count,
    worldSize: uint32,
    skipped: zod.boolean(),
  }),
  evaluation: message<EvaluationReport>({
    generation: count,
    step: count,
    totalPieces: uint32.max(MAX_PIECES),
    pieces: list(
      message<EvaluationPiece>({
        index: uint32,
        samples: uint32,
        top1Errors: uint32,
        top5Errors: uint32,
        loss: anyNumber,
      }),
      MAX_PIECES,
    ),
  }),
  snapshot: message<SnapshotReady>({ step: count, epoch: uint32, ifBest: zod.boolean() }),
  digest: message<ReplicaDigest>({
    generation: count,
    step: count,
    // Of weights, and of momenta after them.
    parameterDigests: list(digest, 2 * MAX_PARAMETERS),
  }),
  nonFinite: message<NonFinite>({
    generation: count,
    step: count,
    loss: anyNumber,
    gradients: list(line(256), MAX_PARAMETERS),
    weights: list(line(256), MAX_PARAMETERS),
    origins: list(message<NonFiniteOrigin>({ place: line(512), samples: list(count, MAX_SAMPLES) }), MAX_PARAMETERS),
  }),
  stopRequest: message<StopRequest>({ reason: text(4_096) }),
  finished: message<Finished>({
    step: count,
    unreadableImages: list(
      message<UnreadableImage>({ evaluation: zod.boolean(), sample: count, name: line(4_096) }),
      MAX_UNREADABLE_IMAGES,
    ),
  }),
  failure: message<Failure>({
    code: errorCode,
    message: text(65_536),
    peer: nameOrNone,
    exitCode: uint32.max(255),
  }),
  standing: message<Standing>({
    generation: count,
    trained: zod.boolean(),
    step: count,
    evaluationErrors: list(uint32, MAX_EVALUATIONS),
    lastEvaluation: count,
  }),
  peerFault: message<PeerFault>({
    generation: count,
    code: errorCode,
    message: text(65_536),
    peers: list(name, MAX_PEERS),
  }),
  clockProbe: message<ClockProbe>({ sentUs: finite }),
  timeline: message<TimelineBatch>({
    generation: count,
    events: list(
      message<TimelineEvent>({
        name: line(256),
        track: zod.enum(['TRAINING', 'COMMUNICATION', 'DATA']),
        startUs: finite,
        endUs: finite,
        step: count,
        bucket: uint32.max(MAX_BUCKETS),
        bytesSent: count,
        bytesReceived: count,
      }),
      MAX_TIMELINE_EVENTS,
    ),
    dropped: count,
    clockErrorUs: anyNumber,
  }),
  gradient: message<GradientHistogram>({
    generation: count,
    step: count,
    parameter: uint32,
    min: finite,
    max: finite,
    num: count,
    sum: finite,
    sumSquares: finite,
    bucketLimit: list(finite, MOST_BUCKETS),
    bucket: list(count, MOST_BUCKETS),
  }).refine(({ bucketLimit, bucket }) => bucketLimit.length === bucket.length, 'as many limits as buckets'),
  log: message<LogBatch>({
    entries: list(logEntry, MAX_LOG_ENTRIES),
    dropped: count,
  }),
};

/** What is wrong with a message to the coordinator, whoever sent it; undefined: nothing. */
export function workerMessageFault(sent: WorkerMessage): string | undefined {
  const { kind } = sent;
  if (kind === undefined) return 'the message is empty';
  return faultOf(rules[kind], sent[kind], kind);
}
