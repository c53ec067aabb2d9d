/** What a set-up is doing. */
export type SetupPhase = 'wait' | 'download' | 'unpack' | 'build' | 'check';

export interface SetupProgress {
  readonly phase: SetupPhase;
  /** For people: "downloading tensorflow-cpu 2.21.0". */
  readonly message: string;
  /** Of `totalBytes`, over all files of the phase. Absent where there is nothing to count. */
  readonly bytes?: number;
  readonly totalBytes?: number;
}
