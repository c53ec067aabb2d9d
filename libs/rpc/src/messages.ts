// A message's plain name is what is received, every field there; `…Input` is what may be sent, fields left out at their
// defaults.
export type { Begin, BeginInput } from './generated/tandem/v1/Begin.js';
export type { Booked, BookedInput } from './generated/tandem/v1/Booked.js';
export type { PeerFault, PeerFaultInput } from './generated/tandem/v1/PeerFault.js';
export type { Standing, StandingInput } from './generated/tandem/v1/Standing.js';
export type { Chunk, ChunkInput } from './generated/tandem/v1/Chunk.js';
export type { ClockProbe, ClockProbeInput } from './generated/tandem/v1/ClockProbe.js';
export type { ClockReading, ClockReadingInput } from './generated/tandem/v1/ClockReading.js';
export type { ClusterEvent, ClusterEventInput } from './generated/tandem/v1/ClusterEvent.js';
export type { ClusterStatus, ClusterStatusInput } from './generated/tandem/v1/ClusterStatus.js';
export type { CoordinatorMessage, CoordinatorMessageInput } from './generated/tandem/v1/CoordinatorMessage.js';
export type { EndOfRun, EndOfRunInput } from './generated/tandem/v1/EndOfRun.js';
export type { EvaluationPiece, EvaluationPieceInput } from './generated/tandem/v1/EvaluationPiece.js';
export type { EvaluationReport, EvaluationReportInput } from './generated/tandem/v1/EvaluationReport.js';
export type { ExchangePhase } from './generated/tandem/v1/ExchangePhase.js';
export type { Failure, FailureInput } from './generated/tandem/v1/Failure.js';
export type { Finished, FinishedInput } from './generated/tandem/v1/Finished.js';
export type { Generation, GenerationInput } from './generated/tandem/v1/Generation.js';
export type { GradientHistogram, GradientHistogramInput } from './generated/tandem/v1/GradientHistogram.js';
export type { Heartbeat, HeartbeatInput } from './generated/tandem/v1/Heartbeat.js';
export type { Hello, HelloInput } from './generated/tandem/v1/Hello.js';
export type { LentMemory, LentMemoryInput } from './generated/tandem/v1/LentMemory.js';
export type { LogBatch, LogBatchInput } from './generated/tandem/v1/LogBatch.js';
export type {
  LogEntry as LogEntryMessage,
  LogEntryInput as LogEntryMessageInput,
} from './generated/tandem/v1/LogEntry.js';
export type { Machine, MachineInput } from './generated/tandem/v1/Machine.js';
export type { Member, MemberInput } from './generated/tandem/v1/Member.js';
export type { MemberStatus, MemberStatusInput } from './generated/tandem/v1/MemberStatus.js';
export type { MemberTimes, MemberTimesInput } from './generated/tandem/v1/MemberTimes.js';
export type { StatusDetail, StatusDetailInput } from './generated/tandem/v1/StatusDetail.js';
export type { NonFinite, NonFiniteInput } from './generated/tandem/v1/NonFinite.js';
export type { NonFiniteOrigin, NonFiniteOriginInput } from './generated/tandem/v1/NonFiniteOrigin.js';
export type { Parameter, ParameterInput } from './generated/tandem/v1/Parameter.js';
export type { Prepared, PreparedInput } from './generated/tandem/v1/Prepared.js';
export type { PullRequest, PullRequestInput } from './generated/tandem/v1/PullRequest.js';
export type { Ready, ReadyInput } from './generated/tandem/v1/Ready.js';
export type { ReplicaDigest, ReplicaDigestInput } from './generated/tandem/v1/ReplicaDigest.js';
export type { SnapshotReady, SnapshotReadyInput } from './generated/tandem/v1/SnapshotReady.js';
export type { SnapshotTaken, SnapshotTakenInput } from './generated/tandem/v1/SnapshotTaken.js';
export type { StateChunk, StateChunkInput } from './generated/tandem/v1/StateChunk.js';
export type { StateRequest, StateRequestInput } from './generated/tandem/v1/StateRequest.js';
export type { StatusRequest, StatusRequestInput } from './generated/tandem/v1/StatusRequest.js';
export type { StepReport, StepReportInput } from './generated/tandem/v1/StepReport.js';
export type { Stop, StopInput } from './generated/tandem/v1/Stop.js';
export type { StopRequest, StopRequestInput } from './generated/tandem/v1/StopRequest.js';
export type { TimelineBatch, TimelineBatchInput } from './generated/tandem/v1/TimelineBatch.js';
export type { TimelineEvent, TimelineEventInput } from './generated/tandem/v1/TimelineEvent.js';
export type { TimelineRequest, TimelineRequestInput } from './generated/tandem/v1/TimelineRequest.js';
export type { UnreadableImage, UnreadableImageInput } from './generated/tandem/v1/UnreadableImage.js';
export type { Welcome, WelcomeInput } from './generated/tandem/v1/Welcome.js';
export type { WorkerMessage, WorkerMessageInput } from './generated/tandem/v1/WorkerMessage.js';
export type { CoordinatorClient as CoordinatorStub, CoordinatorHandlers } from './generated/tandem/v1/Coordinator.js';
export type { CollectiveClient as CollectiveStub, CollectiveHandlers } from './generated/tandem/v1/Collective.js';
