import { expect, it } from 'vitest';
import { faultPoint } from './fault-injection.js';

function signals(setting: string | undefined): { at: ReturnType<typeof faultPoint>; sent: string[] } {
  const sent: string[] = [];
  return { at: faultPoint('worker-1', setting, (signal) => sent.push(signal)), sent };
}

it('is inert where nothing is set, and for others', () => {
  for (const setting of [undefined, '', 'worker-2:data@3=kill']) {
    const { at, sent } = signals(setting);
    at('data', 3);
    expect(sent).toEqual([]);
  }
});

it('hits the process once, in this phase of this step', () => {
  const { at, sent } = signals('worker-1:reduce-scatter@12=kill, worker-1:state-transfer@0=stop');
  at('all-gather', 12);
  at('reduce-scatter', 11);
  expect(sent).toEqual([]);
  at('reduce-scatter', 12);
  at('reduce-scatter', 12);
  at('state-transfer', 0);
  expect(sent).toEqual(['SIGKILL', 'SIGSTOP']);
});

it('hits it in any step where none is said', () => {
  const { at, sent } = signals('worker-1:state-transfer@*=stop');
  for (const step of [7, 8]) at('state-transfer', step);
  expect(sent).toEqual(['SIGSTOP']);
});

it.each(['data@3=kill', 'worker-1:dat@3=kill', 'worker-1:data@3=burn', 'worker-1:data=kill'])(
  'refuses %s',
  (setting) => {
    expect(() => faultPoint('worker-1', setting)).toThrow(/TANDEM_FAULT has .*NAME:PHASE@STEP=kill\|stop/);
  },
);
