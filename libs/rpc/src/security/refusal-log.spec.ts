import { expect, it } from 'vitest';
import { MAX_REASONS_A_HOST, peerOf, REFUSAL_REPEAT_MS, RefusalLog } from './refusal-log.js';

it('tells of each host and reason once, and later how often they came again', () => {
  const told: string[] = [];
  let now = 0;
  const log = new RefusalLog(
    (text) => told.push(text),
    () => now,
  );
  for (let port = 1000; port < 1500; port++) log.add(`10.0.0.1:${port}`, 'no token');
  log.add('10.0.0.1:1', 'an expired certificate');
  log.add('[2001:db8::1]:1', 'no token');
  now = REFUSAL_REPEAT_MS;
  log.add('10.0.0.1:2000', 'no token');
  expect(told).toEqual([
    'refused 10.0.0.1:1000: no token',
    'refused 10.0.0.1:1: an expired certificate',
    'refused [2001:db8::1]:1: no token',
    'refused 10.0.0.1:2000: no token (and 499 times more since it was last told)',
  ]);
});

it('remembers so many only', () => {
  let told = 0;
  const log = new RefusalLog(
    () => told++,
    () => 0,
  );
  for (let host = 0; host < 2000; host++) log.add(`10.0.${host >> 8}.${host & 255}:1`, 'no token');
  log.add('10.0.0.0:1', 'no token');
  log.add('10.0.7.207:1', 'no token');
  expect(told).toBe(2001);
});

it('lets no host fill the log, however many reasons it gives', () => {
  const told: string[] = [];
  const log = new RefusalLog(
    (text) => told.push(text),
    () => 0,
  );
  for (let byte = 0; byte < 500; byte++) log.add('10.0.0.1:1', `a wrong byte at ${byte}`);
  expect(told).toHaveLength(MAX_REASONS_A_HOST);
  log.add('10.0.0.2:1', 'no token');
  expect(told.at(-1)).toBe('refused 10.0.0.2:1: no token');
});

it.each([
  [{ remoteAddress: '::ffff:10.0.0.1', remotePort: 5 }, '10.0.0.1:5'],
  [{ remoteAddress: 'fe80::1', remotePort: 5 }, '[fe80::1]:5'],
  [undefined, 'unknown:0'],
])('names the peer of %o', (socket, expected) => expect(peerOf(socket)).toBe(expected));
