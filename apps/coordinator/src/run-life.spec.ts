import { describe, expect, it } from 'vitest';
import { RunLife, type RunState } from './run-life.js';

type Turn = 'forms' | 'trains' | 'pauses' | 'stops' | 'finishes' | 'fails';

function lived(turns: readonly Turn[]): RunLife {
  const life = new RunLife();
  for (const turn of turns) life[turn]();
  return life;
}

describe('RunLife', () => {
  it.each<[string, readonly Turn[], RunState]>([
    ['before the first generation', [], 'waiting'],
    ['while it forms', ['forms'], 'starting'],
    ['when it trains', ['forms', 'trains'], 'training'],
    ['when workers are lost', ['forms', 'trains', 'forms'], 'starting'],
    ['when too few are left', ['forms', 'trains', 'forms', 'pauses'], 'paused'],
    ['when others have come', ['forms', 'trains', 'pauses', 'forms', 'trains'], 'training'],
    ['when its members are told to stop', ['forms', 'trains', 'stops'], 'stopping'],
    ['when one is lost as it stops', ['forms', 'trains', 'stops', 'forms'], 'stopping'],
    ['when all is done', ['forms', 'trains', 'finishes'], 'finished'],
    ['when it fails before its start', ['fails'], 'failed'],
    ['of workers that trained before', ['trains'], 'training'],
  ])('%s', (_, turns, state) => expect(lived(turns).state).toBe(state));

  it('has started once a generation has trained, whatever comes then', () => {
    expect(lived(['forms']).hasStarted).toBe(false);
    expect(lived(['forms', 'trains', 'forms', 'fails']).hasStarted).toBe(true);
  });

  it('is over when it has finished or failed', () => {
    expect(lived(['forms', 'trains', 'stops']).isOver).toBe(false);
    expect(lived(['finishes']).isOver).toBe(true);
    expect(lived(['fails']).isOver).toBe(true);
  });

  it('is asked to stop once, and not when it is over', () => {
    const life = lived(['forms', 'trains']);
    expect(life.isStopping).toBe(false);
    expect(life.askToStop('SIGINT')).toBe(true);
    expect(life.askToStop('SIGTERM')).toBe(false);
    expect(life).toMatchObject({ isStopping: true, stopReason: 'SIGINT', state: 'training' });
    expect(lived(['finishes']).askToStop('SIGINT')).toBe(false);
  });
});
