// Original file: protos/tandem/v1/coordinator.proto

import type { WelcomeInput as _tandem_v1_WelcomeInput, Welcome as _tandem_v1_Welcome } from '../../tandem/v1/Welcome.js';
import type { GenerationInput as _tandem_v1_GenerationInput, Generation as _tandem_v1_Generation } from '../../tandem/v1/Generation.js';
import type { StopInput as _tandem_v1_StopInput, Stop as _tandem_v1_Stop } from '../../tandem/v1/Stop.js';
import type { SnapshotTakenInput as _tandem_v1_SnapshotTakenInput, SnapshotTaken as _tandem_v1_SnapshotTaken } from '../../tandem/v1/SnapshotTaken.js';
import type { EndOfRunInput as _tandem_v1_EndOfRunInput, EndOfRun as _tandem_v1_EndOfRun } from '../../tandem/v1/EndOfRun.js';
import type { ClockReadingInput as _tandem_v1_ClockReadingInput, ClockReading as _tandem_v1_ClockReading } from '../../tandem/v1/ClockReading.js';
import type { BeginInput as _tandem_v1_BeginInput, Begin as _tandem_v1_Begin } from '../../tandem/v1/Begin.js';
import type { BookedInput as _tandem_v1_BookedInput, Booked as _tandem_v1_Booked } from '../../tandem/v1/Booked.js';

export interface CoordinatorMessageInput {
  'welcome'?: (_tandem_v1_WelcomeInput | null);
  'generation'?: (_tandem_v1_GenerationInput | null);
  'stop'?: (_tandem_v1_StopInput | null);
  'snapshotTaken'?: (_tandem_v1_SnapshotTakenInput | null);
  'end'?: (_tandem_v1_EndOfRunInput | null);
  'clockReading'?: (_tandem_v1_ClockReadingInput | null);
  'begin'?: (_tandem_v1_BeginInput | null);
  'booked'?: (_tandem_v1_BookedInput | null);
  'kind'?: "welcome"|"generation"|"stop"|"snapshotTaken"|"end"|"clockReading"|"begin"|"booked";
}

export interface CoordinatorMessage {
  'welcome'?: (_tandem_v1_Welcome | null);
  'generation'?: (_tandem_v1_Generation | null);
  'stop'?: (_tandem_v1_Stop | null);
  'snapshotTaken'?: (_tandem_v1_SnapshotTaken | null);
  'end'?: (_tandem_v1_EndOfRun | null);
  'clockReading'?: (_tandem_v1_ClockReading | null);
  'begin'?: (_tandem_v1_Begin | null);
  'booked'?: (_tandem_v1_Booked | null);
  'kind'?: "welcome"|"generation"|"stop"|"snapshotTaken"|"end"|"clockReading"|"begin"|"booked";
}
