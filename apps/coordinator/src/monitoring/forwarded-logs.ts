import { type LogEntry, type Rate, TokenBucket } from '@tandem/observability';
import type { LogBatch, LogEntryMessage } from '@tandem/rpc';
import type { Member } from '../membership/member.js';
import type { ClusterLog } from './cluster-log.js';

/** What of one worker's lines is taken: twice what it sends at most, and what it kept while it was away at once. */
const RATE: Rate = { burst: 512, perSecond: 10 };

/** How many lines of a worker were left out is said so often at most, and when it goes. */
export const SAY_DROPPED_EVERY_MS = 10_000;

interface Sender {
  readonly bucket: TokenBucket;
  dropped: number;
  saidMs: number;
}

export interface ForwardedLogsOptions {
  readonly log: ClusterLog;
  readonly runId: () => string;
  /** Milliseconds, never going back. */
  readonly now?: () => number;
}

/** Takes what workers forward of their logs into the cluster's, at a bounded rate: whoever may join may not fill the disk. */
export class ForwardedLogs {
  readonly #options: ForwardedLogsOptions;
  readonly #now: () => number;
  readonly #senders = new Map<Member, Sender>();

  constructor(options: ForwardedLogsOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
  }

  add(member: Member, { entries, dropped }: LogBatch): void {
    const sender = this.#senderOf(member);
    sender.dropped += dropped;
    for (const entry of entries)
      if (sender.bucket.take()) this.#options.log.add(this.#entryOf(member, entry));
      else sender.dropped++;
    if (this.#now() - sender.saidMs >= SAY_DROPPED_EVERY_MS) this.#sayDropped(member, sender);
  }

  /** All has come that will. */
  close(): void {
    for (const [member, sender] of this.#senders) this.#sayDropped(member, sender);
    this.#senders.clear();
  }

  #senderOf(member: Member): Sender {
    let sender = this.#senders.get(member);
    if (sender !== undefined) return sender;
    sender = { bucket: new TokenBucket(RATE, this.#now), dropped: 0, saidMs: -Infinity };
    this.#senders.set(member, sender);
    member.gone.addEventListener('abort', () => this.#forget(member), { once: true });
    return sender;
  }

  #forget(member: Member): void {
    const sender = this.#senders.get(member);
    if (sender !== undefined) this.#sayDropped(member, sender);
    this.#senders.delete(member);
  }

  /** Who sent it is what the stream says, and not the message. */
  #entryOf(member: Member, { timeMs, level, event, message, generation, rank, step }: LogEntryMessage): LogEntry {
    return {
      ...{ timeMs, level: level.toLowerCase() as LogEntry['level'], event, message },
      ...this.#senderFields(member),
      ...(generation > 0 && { generation, rank, step }),
    };
  }

  #senderFields({ name, hello }: Member) {
    return { process: name, host: hello.host, pid: hello.pid, runId: this.#options.runId() };
  }

  #sayDropped(member: Member, sender: Sender): void {
    const { dropped } = sender;
    if (dropped === 0) return;
    sender.dropped = 0;
    sender.saidMs = this.#now();
    this.#options.log.add({
      ...{ timeMs: Date.now(), level: 'warn', event: 'log.dropped' },
      message: `${dropped} line${dropped === 1 ? '' : 's'} of its log did not come to the cluster's: too many at once. Its own log has them`,
      ...this.#senderFields(member),
      ...(member.rank !== undefined && { rank: member.rank }),
    });
  }
}
