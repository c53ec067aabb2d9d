// Original file: protos/tandem/v1/coordinator.proto

import type { HelloInput as _tandem_v1_HelloInput, Hello as _tandem_v1_Hello } from '../../tandem/v1/Hello.js';
import type { HeartbeatInput as _tandem_v1_HeartbeatInput, Heartbeat as _tandem_v1_Heartbeat } from '../../tandem/v1/Heartbeat.js';
import type { PreparedInput as _tandem_v1_PreparedInput, Prepared as _tandem_v1_Prepared } from '../../tandem/v1/Prepared.js';
import type { ReadyInput as _tandem_v1_ReadyInput, Ready as _tandem_v1_Ready } from '../../tandem/v1/Ready.js';
import type { StepReportInput as _tandem_v1_StepReportInput, StepReport as _tandem_v1_StepReport } from '../../tandem/v1/StepReport.js';
import type { EvaluationReportInput as _tandem_v1_EvaluationReportInput, EvaluationReport as _tandem_v1_EvaluationReport } from '../../tandem/v1/EvaluationReport.js';
import type { SnapshotReadyInput as _tandem_v1_SnapshotReadyInput, SnapshotReady as _tandem_v1_SnapshotReady } from '../../tandem/v1/SnapshotReady.js';
import type { ReplicaDigestInput as _tandem_v1_ReplicaDigestInput, ReplicaDigest as _tandem_v1_ReplicaDigest } from '../../tandem/v1/ReplicaDigest.js';
import type { StopRequestInput as _tandem_v1_StopRequestInput, StopRequest as _tandem_v1_StopRequest } from '../../tandem/v1/StopRequest.js';
import type { FinishedInput as _tandem_v1_FinishedInput, Finished as _tandem_v1_Finished } from '../../tandem/v1/Finished.js';
import type { FailureInput as _tandem_v1_FailureInput, Failure as _tandem_v1_Failure } from '../../tandem/v1/Failure.js';
import type { ClockProbeInput as _tandem_v1_ClockProbeInput, ClockProbe as _tandem_v1_ClockProbe } from '../../tandem/v1/ClockProbe.js';
import type { TimelineBatchInput as _tandem_v1_TimelineBatchInput, TimelineBatch as _tandem_v1_TimelineBatch } from '../../tandem/v1/TimelineBatch.js';
import type { StandingInput as _tandem_v1_StandingInput, Standing as _tandem_v1_Standing } from '../../tandem/v1/Standing.js';
import type { PeerFaultInput as _tandem_v1_PeerFaultInput, PeerFault as _tandem_v1_PeerFault } from '../../tandem/v1/PeerFault.js';
import type { NonFiniteInput as _tandem_v1_NonFiniteInput, NonFinite as _tandem_v1_NonFinite } from '../../tandem/v1/NonFinite.js';
import type { LogBatchInput as _tandem_v1_LogBatchInput, LogBatch as _tandem_v1_LogBatch } from '../../tandem/v1/LogBatch.js';
import type { GradientHistogramInput as _tandem_v1_GradientHistogramInput, GradientHistogram as _tandem_v1_GradientHistogram } from '../../tandem/v1/GradientHistogram.js';

export interface WorkerMessageInput {
  'hello'?: (_tandem_v1_HelloInput | null);
  'heartbeat'?: (_tandem_v1_HeartbeatInput | null);
  'prepared'?: (_tandem_v1_PreparedInput | null);
  'ready'?: (_tandem_v1_ReadyInput | null);
  'step'?: (_tandem_v1_StepReportInput | null);
  'evaluation'?: (_tandem_v1_EvaluationReportInput | null);
  'snapshot'?: (_tandem_v1_SnapshotReadyInput | null);
  'digest'?: (_tandem_v1_ReplicaDigestInput | null);
  'stopRequest'?: (_tandem_v1_StopRequestInput | null);
  'finished'?: (_tandem_v1_FinishedInput | null);
  'failure'?: (_tandem_v1_FailureInput | null);
  'clockProbe'?: (_tandem_v1_ClockProbeInput | null);
  'timeline'?: (_tandem_v1_TimelineBatchInput | null);
  'standing'?: (_tandem_v1_StandingInput | null);
  'peerFault'?: (_tandem_v1_PeerFaultInput | null);
  'nonFinite'?: (_tandem_v1_NonFiniteInput | null);
  'log'?: (_tandem_v1_LogBatchInput | null);
  'gradient'?: (_tandem_v1_GradientHistogramInput | null);
  'kind'?: "hello"|"heartbeat"|"prepared"|"ready"|"step"|"evaluation"|"snapshot"|"digest"|"stopRequest"|"finished"|"failure"|"clockProbe"|"timeline"|"standing"|"peerFault"|"nonFinite"|"log"|"gradient";
}

export interface WorkerMessage {
  'hello'?: (_tandem_v1_Hello | null);
  'heartbeat'?: (_tandem_v1_Heartbeat | null);
  'prepared'?: (_tandem_v1_Prepared | null);
  'ready'?: (_tandem_v1_Ready | null);
  'step'?: (_tandem_v1_StepReport | null);
  'evaluation'?: (_tandem_v1_EvaluationReport | null);
  'snapshot'?: (_tandem_v1_SnapshotReady | null);
  'digest'?: (_tandem_v1_ReplicaDigest | null);
  'stopRequest'?: (_tandem_v1_StopRequest | null);
  'finished'?: (_tandem_v1_Finished | null);
  'failure'?: (_tandem_v1_Failure | null);
  'clockProbe'?: (_tandem_v1_ClockProbe | null);
  'timeline'?: (_tandem_v1_TimelineBatch | null);
  'standing'?: (_tandem_v1_Standing | null);
  'peerFault'?: (_tandem_v1_PeerFault | null);
  'nonFinite'?: (_tandem_v1_NonFinite | null);
  'log'?: (_tandem_v1_LogBatch | null);
  'gradient'?: (_tandem_v1_GradientHistogram | null);
  'kind'?: "hello"|"heartbeat"|"prepared"|"ready"|"step"|"evaluation"|"snapshot"|"digest"|"stopRequest"|"finished"|"failure"|"clockProbe"|"timeline"|"standing"|"peerFault"|"nonFinite"|"log"|"gradient";
}
