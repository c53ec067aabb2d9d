import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger } from '@tandem/observability/logging';
import protobuf from 'protobufjs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { StepRow } from '../../metrics/rows.js';
import { maskedCrc, tfRecord } from './record.js';
import { TensorBoard, tensorBoardFolder } from './tensorboard.js';

let folder: string;
let logFile: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tandem-tensorboard-'));
  logFile = join(folder, 'log.jsonl');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const proto = new URL('../../../../../protos/tensorboard/event.proto', import.meta.url).pathname;
const Event = protobuf.loadSync(proto).lookupType('tensorflow.Event');

/** The records of all files in order, their checksums checked. */
function eventsIn(directory: string): Record<string, unknown>[] {
  return readdirSync(directory)
    .sort()
    .flatMap((name) => {
      const bytes = readFileSync(join(directory, name));
      const events: Record<string, unknown>[] = [];
      for (let at = 0; at < bytes.length;) {
        const length = Number(bytes.readBigUInt64LE(at));
        expect(bytes.readUInt32LE(at + 8)).toBe(maskedCrc(bytes.subarray(at, at + 8)));
        const data = bytes.subarray(at + 12, at + 12 + length);
        expect(bytes.readUInt32LE(at + 12 + length)).toBe(maskedCrc(data));
        events.push(Event.toObject(Event.decode(data), { longs: Number, enums: String }));
        at += 16 + length;
      }
      return events;
    });
}

const row = (step: number): StepRow => ({
  ...{ type: 'step', step, epoch: 1, loss: 0.1 * step, learningRate: 0.01, worldSize: 2, generation: 1, samples: 8 },
  ...{ imagesPerSecond: 80, stepMs: 100, computeMs: 60, exchangeMs: 20, updateMs: 10, bytesSent: 5 },
});

describe('tfRecord', () => {
  it('frames data as TensorFlow does', () => {
    // Of "123456789", the check value of CRC-32C in every catalogue.
    const crc = 0xe3069283;
    const masked = (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
    expect(maskedCrc(Buffer.from('123456789'))).toBe(masked);
    const record = tfRecord(Buffer.from('123456789'));
    expect(record.length).toBe(8 + 4 + 9 + 4);
    expect(record.readBigUInt64LE(0)).toBe(9n);
    expect(record.readUInt32LE(8 + 4 + 9)).toBe(masked);
  });

  it('has the bytes of the file version that TensorFlow itself writes for it', () => {
    // The first 12 bytes of every event file of TensorFlow's whose first record is 24 bytes long.
    expect(tfRecord(new Uint8Array(24)).subarray(0, 12).toString('hex')).toBe('1800000000000000a37f4b22');
  });
});

describe('TensorBoard', () => {
  it('writes scalars and histograms, and marks where a run goes on', () => {
    const board = new TensorBoard(folder, createLogger({ name: 'test', level: 'info', file: logFile }));
    board.began(0);
    board.checkpointWritten({
      ...{ step: 0, ms: 1, parameters: [{ name: 'conv1/kernel', shape: [2, 2] }] },
      ...{ weights: Float32Array.from([1, 2, 3, 4]), momenta: new Float32Array(4) },
    });
    board.stepped(row(1));
    board.gradient(1, 'conv1/kernel', {
      ...{ min: 1, max: 1, num: 1, sum: 1, sumSquares: 1 },
      bucketLimit: [2],
      bucket: [1],
    });
    board.evaluated({ type: 'eval', step: 1, top1: 0.5, top5: 0.25, loss: 2 });
    board.close();
    const again = new TensorBoard(folder, createLogger({ name: 'test', level: 'info', file: logFile }));
    again.began(1);
    again.stepped(row(2));
    again.close();
    const events = eventsIn(tensorBoardFolder(folder));
    expect(events.map(({ step, fileVersion, sessionLog }) => [step ?? 0, fileVersion ?? sessionLog])).toEqual([
      [0, 'brain.Event:2'],
      [1, { status: 'START' }],
      [0, undefined],
      [1, undefined],
      [1, undefined],
      [1, undefined],
      [0, 'brain.Event:2'],
      [2, { status: 'START' }],
      [2, undefined],
    ]);
    expect(events[2]).toMatchObject({
      summary: { value: [{ tag: 'weights/conv1/kernel', histo: { num: 4, min: 1, max: 4, sum: 10, sumSquares: 30 } }] },
    });
    expect(events[3]).toMatchObject({
      summary: {
        value: expect.arrayContaining([
          { tag: 'train/loss', simpleValue: Math.fround(0.1) },
          { tag: 'train/learning_rate', simpleValue: Math.fround(0.01) },
          { tag: 'train/images_per_second', simpleValue: 80 },
        ]) as unknown,
      },
    });
    expect(events[4]).toMatchObject({
      summary: { value: [{ tag: 'gradients/conv1/kernel', histo: { num: 1, min: 1, bucketLimit: [2], bucket: [1] } }] },
    });
    expect(events[5]).toMatchObject({
      summary: { value: expect.arrayContaining([{ tag: 'evaluation/top1_error', simpleValue: 0.5 }]) as unknown },
    });
  });

  it('goes on without files that cannot be written, and says so once', () => {
    writeFileSync(tensorBoardFolder(folder), 'a file where a folder should be');
    const board = new TensorBoard(folder, createLogger({ name: 'test', level: 'info', file: logFile }));
    board.began(0);
    board.stepped(row(1));
    board.began(1);
    board.close();
    const told = readFileSync(logFile, 'utf8')
      .split('\n')
      .filter((line) => line.includes('cannot be written to'));
    expect(told.length).toBe(2);
  });
});
