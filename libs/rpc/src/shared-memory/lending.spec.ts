import { expect, it } from 'vitest';
import { BorrowedChunks, LentChunks } from './lending.js';
import type { ChunkNumbers } from './lending.js';

const turn = () => new Promise(setImmediate);

it('gives back together what is released in one turn, each chunk once, in whatever order', async () => {
  const given: ChunkNumbers[] = [];
  const borrowed = new BorrowedChunks((numbers) => given.push(numbers));
  const releases = Array.from({ length: 7 }, () => borrowed.borrow());
  for (const number of [5, 1, 0, 2, 5]) releases[number]!();
  expect(given).toEqual([]);
  await turn();
  expect(given).toEqual([
    { first: 0, count: 3 },
    { first: 5, count: 1 },
  ]);
  releases[3]!();
  await turn();
  expect(given.slice(2)).toEqual([{ first: 3, count: 1 }]);
});

it('takes back what was lent', () => {
  const lent = new LentChunks();
  const back: number[] = [];
  for (let number = 0; number < 4; number++) lent.lend(() => back.push(number));
  lent.takeBack({ first: 2, count: 2 });
  lent.takeBack({ first: 0, count: 1 });
  expect(back).toEqual([2, 3, 0]);
});

it('says what is wrong with a return', () => {
  const lent = new LentChunks();
  for (let number = 0; number < 2; number++) lent.lend(() => undefined);
  expect(() => lent.takeBack({ first: 1, count: 2 })).toThrow('it returned chunk 2 of 2 lent to it');
  lent.takeBack({ first: 0, count: 1 });
  expect(() => lent.takeBack({ first: 0, count: 2 })).toThrow('it returned chunk 0 twice');
});
