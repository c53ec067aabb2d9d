import { describe, expect, it } from 'vitest';
import { resumeWarnings } from './resume-warnings.js';

const found = { datasetDigest: 'b', networkDigest: 'n2', engine: 'wasm' };
const events = (...[resumed, there = found]: [Parameters<typeof resumeWarnings>[0], typeof found?]) =>
  resumeWarnings(resumed, there).map(({ event }) => event);

describe('resumeWarnings', () => {
  it('says what is other than it was', () => {
    expect(resumeWarnings({ datasetDigest: 'a', networkDigest: 'n1', engine: 'native' }, found)).toEqual([
      { event: 'data.other-set', text: expect.stringMatching(/other bits\. a → b$/) as string },
      {
        event: 'engine.other',
        text: expect.stringMatching(/with the native engine and goes on with the wasm one/) as string,
      },
      { event: 'run.notice', text: expect.stringMatching(/\(model\.module\).*n1 → n2$/) as string },
    ]);
  });

  it('says nothing of a run that begins, nor of what is alike', () => {
    expect(events(undefined)).toEqual([]);
    expect(events(found)).toEqual([]);
  });

  it('does not compare what an old checkpoint does not say; its engine was the native one', () => {
    expect(events({})).toEqual(['engine.other']);
    expect(events({}, { ...found, engine: '' })).toEqual([]);
  });
});
