import { receiveMessageOnPort } from 'node:worker_threads';
import type { MessagePort } from 'node:worker_threads';
import { deserializeError } from '@tandem/core';
import type { ControlBlock } from './control-block.js';
import type { EndOfRun } from './messages.js';
import type { Notice } from './thread-messages.js';

/** What the communication thread had to say that may not wait for this thread's event loop. Reading looks for news first. */
export class NoticeBoard {
  readonly #port: MessagePort;
  readonly #control: ControlBlock;
  readonly #failures = new Map<number, Error>();
  #read = 0;
  #stop: string | undefined;
  #end: EndOfRun | undefined;
  #lost: Error | undefined;

  constructor(port: MessagePort, control: ControlBlock) {
    this.#port = port;
    this.#control = control;
  }

  /** Why the run is to stop, or has ended or lost its coordinator. */
  get stopReason(): string | undefined {
    this.read();
    return this.#stop;
  }

  get end(): EndOfRun | undefined {
    this.read();
    return this.#end;
  }

  get lost(): Error | undefined {
    this.read();
    return this.#lost;
  }

  /** Why an exchange failed. */
  failureOf(exchange: number): Error | undefined {
    this.read();
    return this.#failures.get(exchange);
  }

  read(): void {
    // The shared count spares a look at the port, which this is asked too often for.
    if (this.#control.notices === this.#read) return;
    for (;;) {
      const received = receiveMessageOnPort(this.#port) as { message: Notice } | undefined;
      if (received === undefined) return;
      this.#read += 1;
      this.#post(received.message);
    }
  }

  /** The thread itself is gone. */
  postLost(error: Error): void {
    this.#lost ??= error;
    this.#stop ??= error.message;
  }

  #post(notice: Notice): void {
    switch (notice.kind) {
      case 'stop':
        this.#stop ??= notice.reason;
        return;
      case 'end':
        this.#end = notice.end;
        this.#stop ??= notice.end.reason;
        return;
      case 'lost':
        this.postLost(deserializeError(notice.error));
        return;
      case 'exchangeFailed':
        this.#failures.set(notice.exchange, deserializeError(notice.error));
        return;
    }
  }
}
