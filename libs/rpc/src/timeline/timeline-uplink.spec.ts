import { monotonicUs, TimelineRing } from '@tandem/observability';
import { afterEach, describe, expect, it } from 'vitest';
import type { TimelineBatchInput, WorkerMessageInput } from '../messages.js';
import { BucketSpans } from './bucket-spans.js';
import { TimelineUplink } from './timeline-uplink.js';

const OFFSET_US = 3e9;
const open: TimelineUplink[] = [];

afterEach(() => {
  for (const uplink of open.splice(0)) uplink.close();
});

function uplinkTo(steps = { first: 1, last: 10, everySteps: 0 }) {
  const batches: TimelineBatchInput[] = [];
  const probes: number[] = [];
  const send = ({ timeline, clockProbe }: WorkerMessageInput) => {
    if (timeline) batches.push(timeline);
    if (clockProbe) probes.push(Number(clockProbe.sentUs));
  };
  const uplink = new TimelineUplink({ steps, coordinator: { send, isCongested: false } });
  open.push(uplink);
  const answer = () => {
    const readingUs = monotonicUs() + OFFSET_US;
    uplink.clockRead({ probeSentUs: probes.at(-1)!, receivedUs: readingUs, sentUs: readingUs });
  };
  return { uplink, batches, probes, answer, ring: new TimelineRing(uplink.ring) };
}

const event = { name: 'x', track: 'TRAINING', startUs: 10, endUs: 20, step: 1 } as const;

describe('TimelineUplink', () => {
  it('asks for the clock eight times in a row', () => {
    const { probes, answer } = uplinkTo();
    for (let trip = 0; trip < 12; trip++) answer();
    expect(probes).toHaveLength(8);
  });

  it('holds events until it knows the coordinator’s clock, and sends them in its time', () => {
    const { uplink, batches, answer } = uplinkTo();
    uplink.add(4, event);
    uplink.flush();
    expect(batches).toEqual([]);
    answer();
    uplink.flush();
    expect(batches).toHaveLength(1);
    const [{ generation, dropped, events, clockErrorUs }] = batches as [TimelineBatchInput];
    expect({ generation, dropped }).toEqual({ generation: 4, dropped: 0 });
    const { startUs, endUs, ...rest } = events![0]!;
    expect(rest).toEqual({ name: 'x', track: 'TRAINING', step: 1 });
    expect(Math.abs(Number(startUs) - 10 - OFFSET_US)).toBeLessThanOrEqual(Number(clockErrorUs) + 1);
    expect(Number(endUs) - Number(startUs)).toBeCloseTo(10, 3);
  });

  it('takes the training thread’s spans once their names are there', () => {
    const { uplink, batches, answer, ring } = uplinkTo();
    answer();
    ring.write({ track: 'data', name: 0, startUs: 1, endUs: 2, generation: 7, step: 3, bucket: 5 });
    uplink.flush();
    expect(batches).toEqual([]);
    uplink.addName('prepare batch');
    uplink.flush();
    expect(batches[0]).toMatchObject({
      generation: 7,
      events: [{ name: 'prepare batch', track: 'DATA', step: 3, bucket: 6 }],
    });
  });

  it('holds events while the coordinator is away, and asks the one that comes back for its clock anew', () => {
    const { uplink, batches, probes, answer } = uplinkTo();
    answer();
    uplink.suspend();
    uplink.add(1, event);
    uplink.enter(2);
    uplink.add(2, { ...event, name: 'y' });
    expect(batches).toEqual([]);
    const asked = probes.length;
    uplink.resume();
    answer();
    expect(probes.length).toBeGreaterThan(asked + 1);
    uplink.flush();
    expect(batches.map(({ generation, events }) => [generation, events!.map(({ name }) => name)])).toEqual([
      [1, ['x']],
      [2, ['y']],
    ]);
  });

  it('drops what it has no room for, and says how much', () => {
    const { uplink, batches, answer } = uplinkTo();
    for (let number = 0; number < 8_200; number++) uplink.add(1, event);
    answer();
    uplink.flush();
    expect(batches.map(({ dropped }) => dropped).reduce<number>((sum, each) => sum + Number(each), 0)).toBe(8);
    expect(batches.flatMap(({ events }) => events)).toHaveLength(8_192);
  });
});

describe('BucketSpans', () => {
  it('tells from when to when a bucket was exchanged, how, and with how many bytes', () => {
    const { uplink, batches, answer } = uplinkTo({ first: 2, last: 2, everySteps: 0 });
    answer();
    const spans = new BucketSpans(
      [
        { start: 0, length: 4 },
        { start: 4, length: 2, parts: [1, 1] },
      ],
      uplink,
      1,
    );
    const frame = (step: number, bucket: number, bytes: number) =>
      ({ step, bucket, phase: 'reduce', part: 0, offset: 0, data: new Uint8Array(bytes) }) as const;
    for (const step of [1, 2]) {
      // A peer may be ahead.
      spans.moved('received', frame(step, 1, 4));
      for (const bucket of [0, 1]) spans.contributed(step, bucket);
      spans.moved('sent', frame(step, 0, 8));
      spans.moved('received', frame(step, 0, 16));
      for (const bucket of [0, 1]) spans.reduced(step, bucket);
    }
    uplink.flush();
    const track = 'COMMUNICATION';
    expect(batches.flatMap(({ events }) => events)).toMatchObject([
      { name: 'all-reduce', track, step: 2, bucket: 1, bytesSent: 8, bytesReceived: 16 },
      { name: 'gather', track, step: 2, bucket: 2, bytesSent: 0, bytesReceived: 4 },
    ]);
  });
});
