import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { decodeSpans, type ReceivedSpan } from '../opentelemetry/decode.js';
import { openTelemetryEnvironment, otlpReaderScript } from '../opentelemetry/environment.js';
import { startCollector } from './support/collector.js';
import { makeIdxDataset } from './support/data-sets.js';
import { freePort } from './support/free-port.js';
import { lossesOf, metricsOf } from './support/run-directory.js';
import { scratchFolder } from './support/scratch.js';
import { tandem } from './support/tandem.js';

const scratch = scratchFolder();
const config = join(scratch, 'config.yaml');
const python = openTelemetryEnvironment.installed;

async function train(
  out: string,
  steps: number,
  workers: number,
  endpoint: string,
  ...more: string[]
): Promise<string> {
  const flags = ['--config', config, '--workers', String(workers), '--max-steps', String(steps)];
  const { exitCode, output } = await tandem(['run', ...flags, '--out', join(scratch, out), ...more], {
    OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
    OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20secret',
    OTEL_SERVICE_NAME: 'mine',
    OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test',
  });
  expect(exitCode, output).toBe(0);
  return join(scratch, out);
}

const logOf = (run: string) => readFileSync(join(run, 'logs/coordinator.jsonl'), 'utf8');

describe('traces of two workers', () => {
  let run: string;
  let posted: Awaited<ReturnType<typeof startCollector>>['posted'];
  let spans: readonly ReceivedSpan[];
  const under = (parent: ReceivedSpan) => spans.filter((span) => span.parent === parent.spanId);
  const named = (parent: ReceivedSpan) => under(parent).map(({ name }) => name);
  const roots = (name: string) => spans.filter((span) => span.parent === '' && span.name === name);

  beforeAll(async () => {
    makeIdxDataset(join(scratch, 'idx'), { train: 100, evaluation: 60 });
    writeFileSync(
      config,
      `
model: { name: small }
data: { format: idx, train: ${scratch}/idx/train, eval: ${scratch}/idx/eval }
training: { globalBatch: 50, epochs: 3, seed: 7 }
exchange: { bucketBytes: 65536 }
checkpoint: { everySteps: 4, keepBest: 0 }
`,
    );
    const collector = await startCollector();
    run = await train('traced', 6, 2, collector.url, '--set', 'monitoring.traces.everySteps=2');
    posted = collector.posted;
    spans = decodeSpans(posted.map(({ body }) => body));
  });

  it('go where the standard variables say, as they say', () => {
    expect(new Set(posted.map(({ path }) => path))).toEqual(new Set(['/v1/traces']));
    for (const { headers } of posted) {
      expect(headers.authorization).toBe('Bearer secret');
      expect(headers['content-type']).toBe('application/x-protobuf');
    }
    expect(spans[0]!.resource).toMatchObject({
      ...{ 'service.name': 'mine', 'deployment.environment.name': 'test', 'host.name': hostname() },
    });
    expect(logOf(run)).toContain('traces of each step that is a multiple of 2 go to');
    expect(logOf(run)).not.toContain('traces.incomplete');
  });

  it('are one of each step that was asked for, with all ranks and the commit in it', () => {
    const runId = spans[0]!.attributes['tandem.run.id']!;
    const rows = metricsOf(run).filter(({ type }) => type === 'step');
    expect(roots('step').map(({ attributes }) => attributes['tandem.step'])).toEqual([2, 4, 6]);
    for (const root of roots('step')) {
      const step = root.attributes['tandem.step'] as number;
      expect(root.traceId).toBe(createHash('sha256').update(`${runId}/1/${step}/step`).digest('hex').slice(0, 32));
      const row = rows[step - 1]!;
      expect(root.attributes).toMatchObject({
        ...{ 'tandem.generation': 1, 'tandem.world_size': 2, 'tandem.images': 50, 'tandem.loss': row.loss },
      });
      expect(root.attributes).not.toHaveProperty('tandem.ranks_missing');
      expect(named(root)).toEqual(['rank 0', 'rank 1', 'commit']);
      for (const rank of under(root).slice(0, 2)) {
        expect(rank.attributes).toMatchObject({ 'tandem.images': 25, 'host.name': hostname() });
        expect(rank.attributes['tandem.bytes_sent']).toBeGreaterThan(0);
        const phases = named(rank);
        for (const phase of ['data', 'compute', 'exchange', 'update']) expect(phases).toContain(phase);
        expect(phases.some((name) => name === 'all-reduce' || name === 'gather')).toBe(true);
        const compute = under(rank).find(({ name }) => name === 'compute')!;
        for (const layer of ['conv1 forward', 'conv1 backward']) expect(named(compute)).toContain(layer);
      }
    }
    // The traces of the run are disjoint: nothing is without a root.
    for (const span of spans) {
      expect(span.error).toBeNull();
      const parent = spans.find(({ spanId }) => spanId === span.parent);
      if (span.parent !== '') expect(parent?.traceId).toBe(span.traceId);
    }
  });

  it('have every span within its parent', () => {
    const byId = new Map(spans.map((span) => [span.spanId, span]));
    expect(byId.size).toBe(spans.length);
    for (const span of spans) {
      const parent = byId.get(span.parent) ?? span;
      expect(BigInt(span.startNs)).toBeGreaterThanOrEqual(BigInt(parent.startNs));
      expect(BigInt(span.endNs)).toBeLessThanOrEqual(BigInt(parent.endNs));
      expect(BigInt(span.endNs)).toBeGreaterThanOrEqual(BigInt(span.startNs));
    }
  });

  it('are of evaluations and checkpoints too', () => {
    const stepsOf = (name: string) => roots(name).map(({ attributes }) => attributes['tandem.step']);
    expect(stepsOf('evaluation')).toEqual([2, 4, 6]);
    expect(stepsOf('checkpoint')).toEqual([4, 6]);
    for (const root of roots('evaluation')) {
      expect(named(root)).toEqual(['rank 0', 'rank 1', 'commit']);
      expect(root.attributes).toHaveProperty(['tandem.top1_error']);
    }
    for (const root of roots('checkpoint')) expect(named(root)).toEqual(['rank 0', 'rank 1', 'write']);
  });

  it.skipIf(python === undefined)('read the same by OpenTelemetry’s own messages', () => {
    const files = posted.map(({ body }, index) => {
      const file = join(scratch, `request-${index}`);
      writeFileSync(file, body);
      return file;
    });
    expect(JSON.parse(execFileSync(python!, [otlpReaderScript, ...files], { encoding: 'utf8' }))).toEqual(spans);
  });

  it('cost neither a bit nor the run where there is no collector', async () => {
    const endpoint = `http://127.0.0.1:${await freePort()}`;
    const alone = await train(
      'alone',
      2,
      1,
      endpoint,
      '--set',
      'monitoring.traces.everySteps=1',
      '--set',
      'training.microBatches=2',
    );
    expect(lossesOf(alone)).toEqual(lossesOf(run).slice(0, 2));
    expect(logOf(alone)).toContain('traces.incomplete');
  });
});
