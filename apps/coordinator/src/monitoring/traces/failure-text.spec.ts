import { describe, expect, it } from 'vitest';
import { failureText } from './failure-text.js';

describe('failureText', () => {
  it.each([
    [Object.assign(new Error('Not Found'), { code: 404 }), 'HTTP 404 Not Found'],
    [
      Object.assign(new Error('connect ECONNREFUSED ::1:4318'), { code: 'ECONNREFUSED' }),
      'connect ECONNREFUSED ::1:4318',
    ],
    [
      new AggregateError([new Error('refused by ::1'), new Error('refused by 127.0.0.1')]),
      'refused by ::1, refused by 127.0.0.1',
    ],
    [Object.assign(new Error(''), { code: 'EPIPE' }), 'EPIPE'],
    [new Error('x'.repeat(1_000)), 'x'.repeat(300)],
    [undefined, 'no reason was given'],
  ])('%s', (error, text) => {
    expect(failureText(error)).toBe(text);
  });
});
