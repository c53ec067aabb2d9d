import { expect, it } from 'vitest';
import { FACTS, type Told } from './facts.js';
import type { StatusMessage } from './protocol.js';

const waiting = { state: 'waiting', step: 0, totalSteps: 0, epoch: 0, imagesPerSecond: 0, generation: 0, members: [] };
const texts = (status: object, values: Omit<Told, 'status'>) =>
  FACTS.map(({ text }) => text({ status: status as StatusMessage, ...values }));

it('has a dash for what there is not yet', () => {
  const told = texts(waiting, { loss: undefined, top1: undefined });
  expect(told).toEqual(['waiting', '0', '–', '–', '–', '–', '0', '–']);
});

it('says how far a run is', () => {
  const status = {
    ...{ state: 'training', step: 1200, totalSteps: 5000, epoch: 3, imagesPerSecond: 812.345, generation: 2 },
    members: [{}, {}],
  };
  expect(texts(status, { loss: 0.75, top1: 0.125 })).toEqual([
    ...['training', '1,200 / 5,000', '3', '0.75', '12.50 %', '812.3', '2', '2'],
  ]);
});

it('has each fact once', () => {
  expect(new Set(FACTS.map(({ id }) => id))).toHaveLength(FACTS.length);
});
