import { basename } from 'node:path';
import { pageAssets, type StatusMessage } from '@tandem/page';
import { describeError } from '@tandem/core';
import type { Logger } from '@tandem/observability';
import type { ClusterStatusInput, RefusalLog, Security } from '@tandem/rpc';
import type { ClusterLog } from '../monitoring/cluster-log.js';
import type { RunMonitor } from '../monitoring/run-monitor.js';
import { metricsFile } from '../run-directory.js';
import { PageSamples, type DrawSamples } from './page-samples.js';
import { PageServer } from './page-server.js';
import { PageStreams } from './page-streams.js';
import { recordedRows } from './recorded-rows.js';
import { RunHistory } from './run-history.js';

export interface PageOptions {
  /** HOST:PORT; port 0 takes any free one. */
  readonly listen: string;
  readonly runDirectory: string;
  /** The step that the run goes on from; 0: it begins. */
  readonly startStep: number;
  readonly security: Security;
  readonly refusals: RefusalLog;
  readonly log: Logger;
  readonly status: () => ClusterStatusInput;
  readonly clusterLog: Pick<ClusterLog, 'entries' | 'subscribe'>;
  readonly samples: DrawSamples | undefined;
}

/** The page of a run: what it shows, and where it is served. Whoever opens it closes it. */
export class Page {
  readonly monitor: RunMonitor;
  readonly #server: PageServer;
  readonly #release: () => void;

  private constructor(monitor: RunMonitor, server: PageServer, release: () => void) {
    this.monitor = monitor;
    this.#server = server;
    this.#release = release;
  }

  /** Throws a ConfigurationError: `TANDEM_PAGE_FILES`, and see HttpListener.listen. */
  static async open(options: PageOptions): Promise<Page> {
    const { listen, runDirectory, startStep, security, refusals, log, status, clusterLog } = options;
    const history = new RunHistory({
      recorded: (step, signal) => recordedRows(metricsFile(runDirectory), step, signal),
      failed: (error) =>
        log.warn(
          { event: 'page.incomplete', err: error as Error },
          `the page lacks earlier steps: ${describeError(error)}`,
        ),
    });
    const streams = new PageStreams({
      position: () => history.position,
      since: (position) => json(history.since(position)),
      all: () => JSON.stringify(history.all()),
      status: () => JSON.stringify(statusMessage(options, history)),
    });
    const samples =
      options.samples === undefined
        ? undefined
        : new PageSamples(options.samples, () => Math.max(1, Number(status().step ?? 0) + 1));
    const server = await PageServer.listen({
      listen,
      security,
      refusals,
      assets: await pageAssets(),
      streams,
      samples,
    });
    for (const entry of clusterLog.entries) history.logged(entry);
    const unsubscribe = clusterLog.subscribe((entry) => history.logged(entry));
    history.began(startStep);
    return new Page(history, server, unsubscribe);
  }

  get address(): string {
    return this.#server.address;
  }

  get url(): string {
    return this.#server.url;
  }

  async close(): Promise<void> {
    this.#release();
    this.monitor.close?.();
    await this.#server.close();
  }
}

function json(value: unknown): string | undefined {
  return value === undefined ? undefined : JSON.stringify(value);
}

function statusMessage({ runDirectory, status, samples }: PageOptions, { breakdown }: RunHistory): StatusMessage {
  const { runId, state, generation, step, totalSteps, epoch, imagesPerSecond, members } = status();
  return {
    ...{ runId: runId ?? '', run: basename(runDirectory), state: state ?? '' },
    ...{ generation: Number(generation), step: Number(step), totalSteps: Number(totalSteps), epoch: Number(epoch) },
    imagesPerSecond: Number(imagesPerSecond),
    members: (members ?? []).map((member) => ({
      ...{ rank: Number(member.rank), name: member.name ?? '', host: member.host ?? '', device: member.device ?? '' },
      ...{ phase: member.phase ?? '', step: Number(member.step) },
      heartbeatAgeMs: Math.round(Number(member.heartbeatAgeMs)),
    })),
    breakdown,
    samples: samples !== undefined,
  };
}
