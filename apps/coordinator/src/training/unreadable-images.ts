import type { Logger } from '@tandem/observability';
import type { UnreadableImage } from '@tandem/rpc';

/** So many are listed in the terminal's line; the log has all. */
const LISTED = 10;

/** What the workers went on without, put together: an image that several met counts once. */
export class UnreadableImages {
  readonly #met = new Map<string, UnreadableImage>();

  get count(): number {
    return this.#met.size;
  }

  add(images: readonly UnreadableImage[]): void {
    for (const image of images) this.#met.set(`${image.evaluation} ${image.sample}`, image);
  }

  /** Says how many and which, where there are any. */
  report(log: Logger): void {
    if (this.count === 0) return;
    const images = [...this.#met.values()].sort(
      (a, b) => Number(a.evaluation) - Number(b.evaluation) || a.sample - b.sample,
    );
    const names = images.map(({ name }) => name);
    const more = names.length > LISTED ? ` and ${names.length - LISTED} more` : '';
    const forEvaluation = images.filter(({ evaluation }) => evaluation).length;
    log.warn(
      { event: 'data.unreadable', unreadableImages: names },
      `${this.count} images could not be read and were gone on without (${this.count - forEvaluation} of training, ` +
        `${forEvaluation} of evaluation): ${names.slice(0, LISTED).join(', ')}${more}`,
    );
  }
}
