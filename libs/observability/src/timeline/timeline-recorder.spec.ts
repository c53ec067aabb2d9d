import { describe, expect, it } from 'vitest';
import { NO_STEPS } from './recorded-steps.js';
import { TimelineRecorder } from './timeline-recorder.js';
import { type RingSpan, TimelineRing } from './timeline-ring.js';

function drain(ring: TimelineRing): RingSpan[] {
  const spans: RingSpan[] = [];
  for (let span = ring.peek(); span !== undefined; span = ring.peek()) {
    spans.push(span);
    ring.advance();
  }
  return spans;
}

function recording(steps = { first: 2, last: 3, everySteps: 0 }) {
  let us = 0;
  const ring = TimelineRing.allocate(16);
  const names: string[] = [];
  const recorder = new TimelineRecorder({ ring, steps, onName: (name) => names.push(name), now: () => ++us });
  return { recorder, spans: () => drain(ring).map(({ name, ...span }) => ({ ...span, name: names[name] })) };
}

describe('TimelineRecorder', () => {
  it('writes spans as they end, each with its generation, step and bucket', async () => {
    const { recorder, spans } = recording();
    recorder.enter(4);
    recorder.beginStep(2);
    expect(recorder.measure('compute', () => recorder.measure('wait', () => 5, 7))).toBe(5);
    expect(await recorder.measure('data', () => Promise.resolve(6))).toBe(6);
    recorder.end('step');
    const common = { track: 'training', generation: 4, step: 2, bucket: -1 };
    expect(spans()).toEqual([
      { ...common, name: 'wait', startUs: 3, endUs: 4, bucket: 7 },
      { ...common, name: 'compute', startUs: 2, endUs: 5 },
      { ...common, name: 'data', startUs: 6, endUs: 7 },
      { ...common, name: 'step', startUs: 1, endUs: 8 },
    ]);
  });

  it('records nothing of other steps', () => {
    const { recorder, spans } = recording();
    for (const step of [1, 4]) {
      recorder.beginStep(step);
      expect(recorder.measure('compute', () => step)).toBe(step);
      recorder.end('step');
      recorder.add('data', 'prepare batch', step, 1, 2);
    }
    expect(spans()).toEqual([]);
    recorder.add('data', 'prepare batch', 3, 1, 2);
    expect(spans()).toMatchObject([{ track: 'data', name: 'prepare batch', step: 3, startUs: 1, endUs: 2 }]);
  });

  it('records each Nth step where that is wanted', () => {
    const { recorder, spans } = recording({ ...NO_STEPS, everySteps: 3 });
    for (let step = 0; step < 10; step++) {
      recorder.beginStep(step);
      recorder.end('step');
      recorder.add('data', 'prepare batch', step, 1, 2);
    }
    expect(spans().map(({ name, step }) => `${name} ${step}`)).toEqual(
      [3, 6, 9].flatMap((step) => [`step ${step}`, `prepare batch ${step}`]),
    );
  });

  it('ends the spans that an error ends, and forgets those that it left open', () => {
    const { recorder, spans } = recording();
    recorder.beginStep(2);
    const fails = () => {
      throw new Error('no');
    };
    expect(() => recorder.measure('compute', fails)).toThrow('no');
    recorder.beginStep(3);
    recorder.end('step');
    expect(spans().map(({ name, step }) => [name, step])).toEqual([
      ['compute', 2],
      ['step', 3],
    ]);
  });
});

describe('TimelineRing', () => {
  const span = (step: number): RingSpan => ({
    ...{ track: 'training', name: 0, startUs: 0, endUs: 1, generation: 1, step, bucket: -1 },
  });

  it('drops and counts what does not fit, and goes on in order', () => {
    const ring = TimelineRing.allocate(4);
    const reader = new TimelineRing(ring.buffer);
    for (let step = 0; step < 6; step++) ring.write(span(step));
    expect(drain(reader).map(({ step }) => step)).toEqual([0, 1, 2, 3]);
    for (let step = 6; step < 9; step++) ring.write(span(step));
    expect(drain(reader).map(({ step }) => step)).toEqual([6, 7, 8]);
    expect(reader.takeDropped()).toBe(2);
    expect(reader.takeDropped()).toBe(0);
  });
});
