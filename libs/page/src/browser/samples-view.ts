import { byId, setText } from './elements.js';

/** How often a new sheet is asked for while somebody looks. */
const EVERY_MS = 15_000;

/** The contact sheet of the coming step: asked for while its section is open and the page in sight. */
export class SamplesView {
  readonly #details = byId<HTMLDetailsElement>('samples');
  readonly #note = byId('samples-note');
  readonly #image = byId<HTMLImageElement>('sheet');
  #available = false;
  #isAsking = false;
  #timer: number | undefined;

  constructor() {
    this.#details.addEventListener('toggle', () => this.#look());
    document.addEventListener('visibilitychange', () => this.#look());
  }

  set available(available: boolean) {
    if (available === this.#available) return;
    this.#available = available;
    this.#look();
  }

  #look(): void {
    clearInterval(this.#timer);
    if (!this.#details.open || document.hidden) return;
    if (!this.#available) return setText(this.#note, 'This coordinator draws no samples.');
    this.#timer = setInterval(() => void this.#ask(), EVERY_MS);
    void this.#ask();
  }

  async #ask(): Promise<void> {
    if (this.#isAsking) return;
    this.#isAsking = true;
    if (this.#image.hidden) setText(this.#note, 'Drawing…');
    try {
      const response = await fetch('/samples');
      if (!response.ok) return setText(this.#note, `No samples: ${(await response.text()).trim()}`);
      const title = decodeURIComponent(response.headers.get('x-tandem-title') ?? '');
      const url = URL.createObjectURL(await response.blob());
      const before = this.#image.src;
      this.#image.src = url;
      this.#image.alt = `Contact sheet. ${title}; below each its class and its number in the training set.`;
      this.#image.hidden = false;
      if (before !== '') URL.revokeObjectURL(before);
      setText(this.#note, `${title}, as the network sees them.`);
    } catch {
      // The connection's own message says that the coordinator is away.
    } finally {
      this.#isAsking = false;
    }
  }
}
