/** A picture of a step's augmented batch. */
export interface SampleSheet {
  /** Such as "Step 3 (epoch 1): the first 16 of 128 samples". */
  readonly title: string;
  readonly png: Buffer;
}

/** Makes one; rejects with an Error that says why it cannot. */
export type DrawSamples = (step: number, signal: AbortSignal) => Promise<SampleSheet>;

/** A sheet is shown for so long before the next one is drawn, whoever asks how often. */
export const SAMPLES_EVERY_MS = 10_000;

/** A sheet that is not there after so long is given up. */
export const SAMPLES_TIMEOUT_MS = 60_000;

interface Drawing {
  readonly step: number;
  readonly begunMs: number;
  readonly sheet: Promise<SampleSheet>;
}

/** The sheet of the coming step, drawn when somebody asks for it: one at a time, and at most each SAMPLES_EVERY_MS. */
export class PageSamples {
  readonly #draw: DrawSamples;
  readonly #comingStep: () => number;
  readonly #now: () => number;
  readonly #closed = new AbortController();
  #newest: Drawing | undefined;
  #underWay = false;

  constructor(draw: DrawSamples, comingStep: () => number, now: () => number = () => performance.now()) {
    this.#draw = draw;
    this.#comingStep = comingStep;
    this.#now = now;
  }

  sheet(): Promise<SampleSheet> {
    const step = this.#comingStep();
    const newest = this.#newest;
    const isFresh = newest !== undefined && (newest.step === step || this.#now() - newest.begunMs < SAMPLES_EVERY_MS);
    if (newest !== undefined && (this.#underWay || isFresh)) return newest.sheet;
    this.#underWay = true;
    const signal = AbortSignal.any([this.#closed.signal, AbortSignal.timeout(SAMPLES_TIMEOUT_MS)]);
    const sheet = this.#draw(step, signal).finally(() => (this.#underWay = false));
    const drawing = { step, begunMs: this.#now(), sheet };
    this.#newest = drawing;
    sheet.catch(() => {
      // The same step may do later: but not at once.
      if (this.#newest === drawing) this.#newest = { ...drawing, step: NaN };
    });
    return sheet;
  }

  close(): void {
    this.#closed.abort();
  }
}
