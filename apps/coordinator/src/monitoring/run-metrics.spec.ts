import type { StepReport } from '@tandem/rpc';
import { describe, expect, it } from 'vitest';
import { stepRow } from '../metrics/rows.js';
import { RunMetrics } from './run-metrics.js';

const report = (rank: number, more: Partial<StepReport> = {}): StepReport =>
  ({
    ...{ generation: 2, step: 7, epoch: 3, loss: 0.5, learningRate: 0.01, samples: 64, worldSize: 2, skipped: false },
    ...{ stepMs: 400, dataMs: 10, computeMs: 200 + 50 * rank, exchangeMs: 100, updateMs: 30, bytesSent: 1000 + rank },
    ...more,
  }) as StepReport;

const status = {
  ...{ runId: 'r1', state: 'training', generation: 2, step: 7, totalSteps: 90, imagesPerSecond: 160 },
  members: [{}, {}, {}],
};

/** Values by name and labels; those of the process left out. */
async function valuesOf(metrics: RunMetrics): Promise<Record<string, number>> {
  const lines = (await metrics.render()).split('\n').filter((line) => line.startsWith('tandem_'));
  return Object.fromEntries(lines.map((line) => [line.replace(/ [^ ]*$/, ''), Number(/[^ ]*$/.exec(line)![0])]));
}

describe('RunMetrics', () => {
  it('has what the status says, at each scrape', async () => {
    const metrics = new RunMetrics(() => status);
    expect(await valuesOf(metrics)).toMatchObject({
      'tandem_run_info{run_id="r1"}': 1,
      'tandem_run_state{state="training"}': 1,
      'tandem_run_state{state="waiting"}': 0,
      tandem_generation: 2,
      tandem_workers_connected: 3,
      tandem_planned_steps: 90,
      tandem_committed_step: 7,
      tandem_images_per_second: 160,
    });
  });

  it('counts steps, and the phases of each rank in seconds', async () => {
    const metrics = new RunMetrics(() => status);
    for (const step of [7, 8]) {
      const reports = [report(0, { step }), report(1, { step, skipped: step === 8 })];
      metrics.stepped(stepRow(reports.map((each) => ({ ...each, skipped: step === 8 }))), reports);
    }
    const values = await valuesOf(metrics);
    expect(values).toMatchObject({
      tandem_epoch: 3,
      tandem_loss: 0.5,
      tandem_learning_rate: 0.01,
      tandem_world_size: 2,
      tandem_steps_total: 2,
      tandem_skipped_steps_total: 1,
      tandem_samples_total: 128,
      tandem_step_duration_seconds_count: 2,
      'tandem_step_duration_seconds_bucket{le="0.5"}': 2,
      'tandem_step_duration_seconds_bucket{le="0.25"}': 0,
      'tandem_sent_bytes_total{rank="1"}': 2002,
    });
    expect(values['tandem_step_duration_seconds_sum']).toBeCloseTo(0.8, 9);
    expect(values['tandem_phase_seconds_total{rank="0",phase="compute"}']).toBeCloseTo(0.4, 9);
    expect(values['tandem_phase_seconds_total{rank="1",phase="compute"}']).toBeCloseTo(0.5, 9);
    expect(values['tandem_phase_seconds_total{rank="1",phase="data"}']).toBeCloseTo(0.02, 9);
  });

  it('gives no rank the phases of a step that not all lived to tell', async () => {
    const metrics = new RunMetrics(() => status);
    metrics.stepped(stepRow([report(1)]), [report(1)]);
    const values = await valuesOf(metrics);
    expect(values['tandem_steps_total']).toBe(1);
    expect(Object.keys(values).filter((name) => name.includes('rank='))).toEqual([]);
  });

  it('has a loss that is no number as what it is', async () => {
    const metrics = new RunMetrics(() => status);
    metrics.stepped(stepRow([report(0, { loss: NaN, worldSize: 1 })]), []);
    expect(await metrics.render()).toMatch(/^tandem_loss Nan$/im);
  });

  it('has evaluations, checkpoints and losses of workers', async () => {
    const metrics = new RunMetrics(() => status);
    metrics.evaluated({ type: 'eval', step: 7, top1: 0.25, top5: 0.05, loss: 1.5 });
    const none = { parameters: [], weights: new Float32Array(), momenta: new Float32Array() };
    const before = Date.now() / 1000;
    metrics.checkpointWritten({ step: 7, ms: 1500, ...none });
    metrics.checkpointFailed();
    metrics.workerLost();
    const values = await valuesOf(metrics);
    expect(values).toMatchObject({
      tandem_evaluation_step: 7,
      tandem_evaluation_loss: 1.5,
      'tandem_evaluation_error_ratio{top="1"}': 0.25,
      'tandem_evaluation_error_ratio{top="5"}': 0.05,
      tandem_checkpoint_duration_seconds_sum: 1.5,
      tandem_checkpoint_step: 7,
      tandem_checkpoint_failures_total: 1,
      tandem_workers_lost_total: 1,
    });
    expect(values['tandem_checkpoint_timestamp_seconds']).toBeGreaterThanOrEqual(Math.floor(before));
  });
});
