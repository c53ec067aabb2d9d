import type { HistoryMessage, StatusMessage } from '../shared/protocol.js';

/** The coordinator tells where the run stands each second: after so long without, the connection is taken for lost. */
const SILENCE_MS = 10_000;

/** Between attempts at what the browser does not try again by itself. */
const RETRY_MS = 2_000;

export interface Heard {
  replaced(all: HistoryMessage): void;
  added(more: HistoryMessage): void;
  status(status: StatusMessage): void;
  connection(state: 'live' | 'lost'): void;
}

/** Listens to the coordinator's events, for as long as the page is open; says what it has heard when it comes back. */
export class Connection {
  readonly #heard: Heard;
  #source: EventSource | undefined;
  #lastId = '';
  #silence: number | undefined;

  constructor(heard: Heard) {
    this.#heard = heard;
    this.#open();
  }

  #open(): void {
    // A browser says `Last-Event-ID` where it tries again by itself; where this page does, it says it here.
    const source = new EventSource(
      this.#lastId === '' ? '/events' : `/events?after=${encodeURIComponent(this.#lastId)}`,
    );
    this.#source = source;
    this.#listen<HistoryMessage>('history', (all) => this.#heard.replaced(all));
    this.#listen<HistoryMessage>('more', (more) => this.#heard.added(more));
    this.#listen<StatusMessage>('status', (status) => this.#heard.status(status));
    source.addEventListener('error', () => {
      this.#heard.connection('lost');
      if (source.readyState === EventSource.CLOSED) this.#again(source, RETRY_MS);
    });
    this.#awaitSound(source);
  }

  #listen<T>(event: string, hear: (message: T) => void): void {
    const source = this.#source!;
    source.addEventListener(event, ({ data, lastEventId }: MessageEvent<string>) => {
      if (lastEventId !== '') this.#lastId = lastEventId;
      this.#awaitSound(source);
      this.#heard.connection('live');
      hear(JSON.parse(data) as T);
    });
  }

  #awaitSound(source: EventSource): void {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => {
      this.#heard.connection('lost');
      this.#again(source, 0);
    }, SILENCE_MS);
  }

  #again(source: EventSource, afterMs: number): void {
    if (source !== this.#source) return;
    source.close();
    this.#source = undefined;
    clearTimeout(this.#silence);
    setTimeout(() => this.#open(), afterMs);
  }
}
