import { describe, expect, it } from 'vitest';
import { ReportOutbox } from './report-outbox.js';

const steps = (outbox: ReportOutbox) => outbox.reports.map(({ step, evaluation }) => step?.step ?? -evaluation!.step!);

describe('ReportOutbox', () => {
  it('keeps reports in order until they are booked, evaluations by their own step', () => {
    const outbox = new ReportOutbox();
    for (const step of [1, 2, 3]) {
      outbox.add({ step: { step } });
      outbox.add({ evaluation: { step } });
      outbox.add({ heartbeat: { step } });
    }
    outbox.booked({ step: 2, evaluation: 1 });
    expect(steps(outbox)).toEqual([-2, 3, -3]);
  });

  it('keeps what is of no step until the end', () => {
    const outbox = new ReportOutbox();
    outbox.add({ stopRequest: { reason: 'SIGTERM' } });
    outbox.add({ finished: { step: 4 } });
    outbox.booked({ step: 9, evaluation: 9 });
    expect(outbox.reports).toHaveLength(2);
    outbox.forgetFinished();
    expect(outbox.reports).toEqual([{ stopRequest: { reason: 'SIGTERM' } }]);
  });

  it('drops the oldest where there is no room, and counts them', () => {
    const outbox = new ReportOutbox(2);
    for (const step of [1, 2, 3]) outbox.add({ step: { step } });
    expect(steps(outbox)).toEqual([2, 3]);
    expect(outbox.dropped).toBe(1);
  });
});
