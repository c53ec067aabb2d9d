import type { ServerResponse } from 'node:http';

/** Browsers that are told at once. */
export const MAX_PAGE_STREAMS = 16;

/** How often they are told what is new. */
export const PAGE_UPDATE_MS = 250;

/** How often they are told where the run stands, which is also how they know that the coordinator lives. */
export const PAGE_STATUS_MS = 1_000;

/** What may wait for a browser that reads slowly; it is told the rest when it has read. */
const MAX_WAITING_BYTES = 4 * 1024 * 1024;

/** One that has read nothing for so long is cut off. */
export const SLOW_BROWSER_TIMEOUT_MS = 30_000;

export interface PageStreamsOptions {
  /** What a client has that has been told all. */
  readonly position: () => string;
  /** JSON of what one lacks that is at a position; undefined: nothing that it has holds. */
  readonly since: (position: string | undefined) => string | undefined;
  readonly all: () => string;
  readonly status: () => string;
}

interface Stream {
  readonly response: ServerResponse;
  position: string | undefined;
  /** `performance.now()` since when it has not taken what waits for it. */
  slowSinceMs: number | undefined;
}

/**
 * Browsers that watch, by server-sent events: `history` (all), `more` (what came since), `status`. While nobody does, nothing is
 * done. The id of an event is the position after it: a browser that comes back says it, and gets what it lacks.
 */
export class PageStreams {
  readonly #options: PageStreamsOptions;
  readonly #streams = new Set<Stream>();
  #timer: NodeJS.Timeout | undefined;
  #statusAtMs = 0;

  constructor(options: PageStreamsOptions) {
    this.#options = options;
  }

  get isFull(): boolean {
    return this.#streams.size >= MAX_PAGE_STREAMS;
  }

  /** @param lastEventId that the browser says it has heard */
  open(response: ServerResponse, lastEventId: string | undefined): void {
    response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'x-accel-buffering': 'no' });
    response.write('retry: 1000\n\n');
    const stream: Stream = { response, position: lastEventId, slowSinceMs: undefined };
    this.#streams.add(stream);
    response.on('close', () => this.#gone(stream));
    response.on('error', () => undefined);
    this.#tellMore(stream);
    response.write(eventText('status', this.#options.status()));
    this.#timer ??= setInterval(() => this.#tick(), PAGE_UPDATE_MS);
  }

  /** Tells all what is new, and that there is no more. */
  close(): void {
    clearInterval(this.#timer);
    const status = eventText('status', this.#options.status());
    for (const stream of this.#streams) {
      this.#tellMore(stream);
      stream.response.end(status);
    }
    this.#streams.clear();
  }

  #tick(): void {
    const now = performance.now();
    let status: string | undefined;
    if (now - this.#statusAtMs >= PAGE_STATUS_MS) {
      this.#statusAtMs = now;
      status = eventText('status', this.#options.status());
    }
    for (const stream of this.#streams) {
      if (this.#isSlow(stream, now)) continue;
      this.#tellMore(stream);
      if (status !== undefined) stream.response.write(status);
    }
  }

  #isSlow(stream: Stream, now: number): boolean {
    if (stream.response.writableLength <= MAX_WAITING_BYTES) stream.slowSinceMs = undefined;
    else {
      stream.slowSinceMs ??= now;
      if (now - stream.slowSinceMs > SLOW_BROWSER_TIMEOUT_MS) stream.response.destroy();
    }
    return stream.slowSinceMs !== undefined;
  }

  #tellMore(stream: Stream): void {
    const { position, since, all } = this.#options;
    const now = position();
    if (stream.position === now) return;
    const more = since(stream.position);
    stream.response.write(more === undefined ? eventText('history', all(), now) : eventText('more', more, now));
    stream.position = now;
  }

  #gone(stream: Stream): void {
    this.#streams.delete(stream);
    if (this.#streams.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}

/** JSON has no line ends. */
function eventText(event: string, json: string, id?: string): string {
  return `event: ${event}\n${id === undefined ? '' : `id: ${id}\n`}data: ${json}\n\n`;
}
