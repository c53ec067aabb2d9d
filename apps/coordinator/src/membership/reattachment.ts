import type { Hello } from '@tandem/rpc';
import type { GenerationRecord } from '../generation-record.js';
import type { Member } from './member.js';

export interface ReattachmentOptions {
  readonly record: GenerationRecord;
  readonly windowMs: number;
  /** All that are connected. */
  readonly members: () => readonly Member[];
  /**
   * The window is over: nobody came back; or some, of whom `all` says whether they are the generation's members and train in it.
   */
  readonly decided: (back: readonly Member[], all: boolean) => void;
}

/** The time in which the workers of a coordinator that was lost may come back to the one that was started in its place. */
export class Reattachment {
  readonly record: GenerationRecord;
  readonly #options: ReattachmentOptions;
  readonly #timer: NodeJS.Timeout;
  #over = false;

  constructor(options: ReattachmentOptions) {
    this.record = options.record;
    this.#options = options;
    this.#timer = setTimeout(() => this.#decide(), options.windowMs);
  }

  get isOpen(): boolean {
    return !this.#over;
  }

  /** Whether the worker is of the run that is waited for. */
  knows({ runId }: Pick<Hello, 'runId'>): boolean {
    return runId === this.record.runId;
  }

  /** Somebody is prepared: perhaps the last that was waited for. */
  look(): void {
    if (this.isOpen && this.#missing.length === 0) this.#decide();
  }

  close(): void {
    this.#over = true;
    clearTimeout(this.#timer);
  }

  get #back(): readonly Member[] {
    return this.#options.members().filter(({ hello, prepared }) => this.knows(hello) && prepared !== undefined);
  }

  get #missing(): readonly string[] {
    const back = this.#back.map(({ name }) => name);
    return this.record.members.filter((name) => !back.includes(name));
  }

  #decide(): void {
    this.close();
    const { members, generation } = this.record;
    const back = this.#back;
    const train = back.every((member) => member.hello.generation === generation);
    const all = this.#missing.length === 0 && back.length === members.length && train;
    const byRank = [...back].sort((a, b) => members.indexOf(a.name) - members.indexOf(b.name));
    this.#options.decided(byRank, all);
  }
}
