import type { UnreadableImage } from '@tandem/dataset';
import type { Logger } from '@tandem/observability';
import type { UnreadableImageInput } from '@tandem/rpc';

/** So many are reported at the end: a message has its limits, and a set with more is past listing. */
const REPORTED = 10_000;

/** The images that this worker went on without: each is logged when it is first met, and kept for the end of the run. */
export class UnreadableImages {
  readonly #log: Logger;
  readonly #met = new Map<string, UnreadableImageInput>();

  constructor(log: Logger) {
    this.#log = log;
  }

  /** The first `REPORTED` of them. */
  get report(): UnreadableImageInput[] {
    return [...this.#met.values()].slice(0, REPORTED);
  }

  addTraining(image: UnreadableImage): void {
    this.#add(image, false, 'another image is trained on in its place');
  }

  addEvaluation(image: UnreadableImage): void {
    this.#add(image, true, 'the evaluation does without it');
  }

  #add({ sample, name, reason }: UnreadableImage, evaluation: boolean, instead: string): void {
    const key = `${evaluation} ${sample}`;
    if (this.#met.has(key)) return;
    this.#met.set(key, { evaluation, sample, name });
    this.#log.warn(
      { event: 'data.unreadable', sample, file: name, evaluation },
      `${reason} data.onError is skip: ${instead}.`,
    );
  }
}
