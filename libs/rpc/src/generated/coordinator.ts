import type * as grpc from '@grpc/grpc-js';
import type { MessageTypeDefinition } from '@grpc/proto-loader';

import type { BeginInput as _tandem_v1_BeginInput, Begin as _tandem_v1_Begin } from './tandem/v1/Begin.js';
import type { BookedInput as _tandem_v1_BookedInput, Booked as _tandem_v1_Booked } from './tandem/v1/Booked.js';
import type { ClockProbeInput as _tandem_v1_ClockProbeInput, ClockProbe as _tandem_v1_ClockProbe } from './tandem/v1/ClockProbe.js';
import type { ClockReadingInput as _tandem_v1_ClockReadingInput, ClockReading as _tandem_v1_ClockReading } from './tandem/v1/ClockReading.js';
import type { ClusterEventInput as _tandem_v1_ClusterEventInput, ClusterEvent as _tandem_v1_ClusterEvent } from './tandem/v1/ClusterEvent.js';
import type { ClusterStatusInput as _tandem_v1_ClusterStatusInput, ClusterStatus as _tandem_v1_ClusterStatus } from './tandem/v1/ClusterStatus.js';
import type { CoordinatorClient as _tandem_v1_CoordinatorClient, CoordinatorDefinition as _tandem_v1_CoordinatorDefinition } from './tandem/v1/Coordinator.js';
import type { CoordinatorMessageInput as _tandem_v1_CoordinatorMessageInput, CoordinatorMessage as _tandem_v1_CoordinatorMessage } from './tandem/v1/CoordinatorMessage.js';
import type { EndOfRunInput as _tandem_v1_EndOfRunInput, EndOfRun as _tandem_v1_EndOfRun } from './tandem/v1/EndOfRun.js';
import type { EvaluationPieceInput as _tandem_v1_EvaluationPieceInput, EvaluationPiece as _tandem_v1_EvaluationPiece } from './tandem/v1/EvaluationPiece.js';
import type { EvaluationReportInput as _tandem_v1_EvaluationReportInput, EvaluationReport as _tandem_v1_EvaluationReport } from './tandem/v1/EvaluationReport.js';
import type { FailureInput as _tandem_v1_FailureInput, Failure as _tandem_v1_Failure } from './tandem/v1/Failure.js';
import type { FinishedInput as _tandem_v1_FinishedInput, Finished as _tandem_v1_Finished } from './tandem/v1/Finished.js';
import type { GenerationInput as _tandem_v1_GenerationInput, Generation as _tandem_v1_Generation } from './tandem/v1/Generation.js';
import type { GradientHistogramInput as _tandem_v1_GradientHistogramInput, GradientHistogram as _tandem_v1_GradientHistogram } from './tandem/v1/GradientHistogram.js';
import type { HeartbeatInput as _tandem_v1_HeartbeatInput, Heartbeat as _tandem_v1_Heartbeat } from './tandem/v1/Heartbeat.js';
import type { HelloInput as _tandem_v1_HelloInput, Hello as _tandem_v1_Hello } from './tandem/v1/Hello.js';
import type { LogBatchInput as _tandem_v1_LogBatchInput, LogBatch as _tandem_v1_LogBatch } from './tandem/v1/LogBatch.js';
import type { LogEntryInput as _tandem_v1_LogEntryInput, LogEntry as _tandem_v1_LogEntry } from './tandem/v1/LogEntry.js';
import type { MachineInput as _tandem_v1_MachineInput, Machine as _tandem_v1_Machine } from './tandem/v1/Machine.js';
import type { MemberInput as _tandem_v1_MemberInput, Member as _tandem_v1_Member } from './tandem/v1/Member.js';
import type { MemberStatusInput as _tandem_v1_MemberStatusInput, MemberStatus as _tandem_v1_MemberStatus } from './tandem/v1/MemberStatus.js';
import type { MemberTimesInput as _tandem_v1_MemberTimesInput, MemberTimes as _tandem_v1_MemberTimes } from './tandem/v1/MemberTimes.js';
import type { NonFiniteInput as _tandem_v1_NonFiniteInput, NonFinite as _tandem_v1_NonFinite } from './tandem/v1/NonFinite.js';
import type { NonFiniteOriginInput as _tandem_v1_NonFiniteOriginInput, NonFiniteOrigin as _tandem_v1_NonFiniteOrigin } from './tandem/v1/NonFiniteOrigin.js';
import type { ParameterInput as _tandem_v1_ParameterInput, Parameter as _tandem_v1_Parameter } from './tandem/v1/Parameter.js';
import type { PeerFaultInput as _tandem_v1_PeerFaultInput, PeerFault as _tandem_v1_PeerFault } from './tandem/v1/PeerFault.js';
import type { PreparedInput as _tandem_v1_PreparedInput, Prepared as _tandem_v1_Prepared } from './tandem/v1/Prepared.js';
import type { ReadyInput as _tandem_v1_ReadyInput, Ready as _tandem_v1_Ready } from './tandem/v1/Ready.js';
import type { ReplicaDigestInput as _tandem_v1_ReplicaDigestInput, ReplicaDigest as _tandem_v1_ReplicaDigest } from './tandem/v1/ReplicaDigest.js';
import type { SnapshotReadyInput as _tandem_v1_SnapshotReadyInput, SnapshotReady as _tandem_v1_SnapshotReady } from './tandem/v1/SnapshotReady.js';
import type { SnapshotTakenInput as _tandem_v1_SnapshotTakenInput, SnapshotTaken as _tandem_v1_SnapshotTaken } from './tandem/v1/SnapshotTaken.js';
import type { StandingInput as _tandem_v1_StandingInput, Standing as _tandem_v1_Standing } from './tandem/v1/Standing.js';
import type { StateChunkInput as _tandem_v1_StateChunkInput, StateChunk as _tandem_v1_StateChunk } from './tandem/v1/StateChunk.js';
import type { StateRequestInput as _tandem_v1_StateRequestInput, StateRequest as _tandem_v1_StateRequest } from './tandem/v1/StateRequest.js';
import type { StatusDetailInput as _tandem_v1_StatusDetailInput, StatusDetail as _tandem_v1_StatusDetail } from './tandem/v1/StatusDetail.js';
import type { StatusRequestInput as _tandem_v1_StatusRequestInput, StatusRequest as _tandem_v1_StatusRequest } from './tandem/v1/StatusRequest.js';
import type { StepReportInput as _tandem_v1_StepReportInput, StepReport as _tandem_v1_StepReport } from './tandem/v1/StepReport.js';
import type { StopInput as _tandem_v1_StopInput, Stop as _tandem_v1_Stop } from './tandem/v1/Stop.js';
import type { StopRequestInput as _tandem_v1_StopRequestInput, StopRequest as _tandem_v1_StopRequest } from './tandem/v1/StopRequest.js';
import type { TimelineBatchInput as _tandem_v1_TimelineBatchInput, TimelineBatch as _tandem_v1_TimelineBatch } from './tandem/v1/TimelineBatch.js';
import type { TimelineEventInput as _tandem_v1_TimelineEventInput, TimelineEvent as _tandem_v1_TimelineEvent } from './tandem/v1/TimelineEvent.js';
import type { TimelineRequestInput as _tandem_v1_TimelineRequestInput, TimelineRequest as _tandem_v1_TimelineRequest } from './tandem/v1/TimelineRequest.js';
import type { UnreadableImageInput as _tandem_v1_UnreadableImageInput, UnreadableImage as _tandem_v1_UnreadableImage } from './tandem/v1/UnreadableImage.js';
import type { WelcomeInput as _tandem_v1_WelcomeInput, Welcome as _tandem_v1_Welcome } from './tandem/v1/Welcome.js';
import type { WorkerMessageInput as _tandem_v1_WorkerMessageInput, WorkerMessage as _tandem_v1_WorkerMessage } from './tandem/v1/WorkerMessage.js';

type SubtypeConstructor<Constructor extends new (...args: any) => any, Subtype> = {
  new(...args: ConstructorParameters<Constructor>): Subtype;
};

export interface ProtoGrpcType {
  tandem: {
    v1: {
      Begin: MessageTypeDefinition<_tandem_v1_BeginInput, _tandem_v1_Begin>
      Booked: MessageTypeDefinition<_tandem_v1_BookedInput, _tandem_v1_Booked>
      ClockProbe: MessageTypeDefinition<_tandem_v1_ClockProbeInput, _tandem_v1_ClockProbe>
      ClockReading: MessageTypeDefinition<_tandem_v1_ClockReadingInput, _tandem_v1_ClockReading>
      ClusterEvent: MessageTypeDefinition<_tandem_v1_ClusterEventInput, _tandem_v1_ClusterEvent>
      ClusterStatus: MessageTypeDefinition<_tandem_v1_ClusterStatusInput, _tandem_v1_ClusterStatus>
      Coordinator: SubtypeConstructor<typeof grpc.Client, _tandem_v1_CoordinatorClient> & { service: _tandem_v1_CoordinatorDefinition }
      CoordinatorMessage: MessageTypeDefinition<_tandem_v1_CoordinatorMessageInput, _tandem_v1_CoordinatorMessage>
      EndOfRun: MessageTypeDefinition<_tandem_v1_EndOfRunInput, _tandem_v1_EndOfRun>
      EvaluationPiece: MessageTypeDefinition<_tandem_v1_EvaluationPieceInput, _tandem_v1_EvaluationPiece>
      EvaluationReport: MessageTypeDefinition<_tandem_v1_EvaluationReportInput, _tandem_v1_EvaluationReport>
      Failure: MessageTypeDefinition<_tandem_v1_FailureInput, _tandem_v1_Failure>
      Finished: MessageTypeDefinition<_tandem_v1_FinishedInput, _tandem_v1_Finished>
      Generation: MessageTypeDefinition<_tandem_v1_GenerationInput, _tandem_v1_Generation>
      GradientHistogram: MessageTypeDefinition<_tandem_v1_GradientHistogramInput, _tandem_v1_GradientHistogram>
      Heartbeat: MessageTypeDefinition<_tandem_v1_HeartbeatInput, _tandem_v1_Heartbeat>
      Hello: MessageTypeDefinition<_tandem_v1_HelloInput, _tandem_v1_Hello>
      LogBatch: MessageTypeDefinition<_tandem_v1_LogBatchInput, _tandem_v1_LogBatch>
      LogEntry: MessageTypeDefinition<_tandem_v1_LogEntryInput, _tandem_v1_LogEntry>
      Machine: MessageTypeDefinition<_tandem_v1_MachineInput, _tandem_v1_Machine>
      Member: MessageTypeDefinition<_tandem_v1_MemberInput, _tandem_v1_Member>
      MemberStatus: MessageTypeDefinition<_tandem_v1_MemberStatusInput, _tandem_v1_MemberStatus>
      MemberTimes: MessageTypeDefinition<_tandem_v1_MemberTimesInput, _tandem_v1_MemberTimes>
      NonFinite: MessageTypeDefinition<_tandem_v1_NonFiniteInput, _tandem_v1_NonFinite>
      NonFiniteOrigin: MessageTypeDefinition<_tandem_v1_NonFiniteOriginInput, _tandem_v1_NonFiniteOrigin>
      Parameter: MessageTypeDefinition<_tandem_v1_ParameterInput, _tandem_v1_Parameter>
      PeerFault: MessageTypeDefinition<_tandem_v1_PeerFaultInput, _tandem_v1_PeerFault>
      Prepared: MessageTypeDefinition<_tandem_v1_PreparedInput, _tandem_v1_Prepared>
      Ready: MessageTypeDefinition<_tandem_v1_ReadyInput, _tandem_v1_Ready>
      ReplicaDigest: MessageTypeDefinition<_tandem_v1_ReplicaDigestInput, _tandem_v1_ReplicaDigest>
      SnapshotReady: MessageTypeDefinition<_tandem_v1_SnapshotReadyInput, _tandem_v1_SnapshotReady>
      SnapshotTaken: MessageTypeDefinition<_tandem_v1_SnapshotTakenInput, _tandem_v1_SnapshotTaken>
      Standing: MessageTypeDefinition<_tandem_v1_StandingInput, _tandem_v1_Standing>
      StateChunk: MessageTypeDefinition<_tandem_v1_StateChunkInput, _tandem_v1_StateChunk>
      StateRequest: MessageTypeDefinition<_tandem_v1_StateRequestInput, _tandem_v1_StateRequest>
      StatusDetail: MessageTypeDefinition<_tandem_v1_StatusDetailInput, _tandem_v1_StatusDetail>
      StatusRequest: MessageTypeDefinition<_tandem_v1_StatusRequestInput, _tandem_v1_StatusRequest>
      StepReport: MessageTypeDefinition<_tandem_v1_StepReportInput, _tandem_v1_StepReport>
      Stop: MessageTypeDefinition<_tandem_v1_StopInput, _tandem_v1_Stop>
      StopRequest: MessageTypeDefinition<_tandem_v1_StopRequestInput, _tandem_v1_StopRequest>
      TimelineBatch: MessageTypeDefinition<_tandem_v1_TimelineBatchInput, _tandem_v1_TimelineBatch>
      TimelineEvent: MessageTypeDefinition<_tandem_v1_TimelineEventInput, _tandem_v1_TimelineEvent>
      TimelineRequest: MessageTypeDefinition<_tandem_v1_TimelineRequestInput, _tandem_v1_TimelineRequest>
      UnreadableImage: MessageTypeDefinition<_tandem_v1_UnreadableImageInput, _tandem_v1_UnreadableImage>
      Welcome: MessageTypeDefinition<_tandem_v1_WelcomeInput, _tandem_v1_Welcome>
      WorkerMessage: MessageTypeDefinition<_tandem_v1_WorkerMessageInput, _tandem_v1_WorkerMessage>
    }
  }
}

