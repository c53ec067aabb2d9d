import { describe, expect, it } from 'vitest';
import { faultsOf } from './faults.js';

describe('faultsOf', () => {
  it('has a process’ own faults, and those of all', () => {
    const setting = 'worker-1:data@3=kill, worker-2:compute@3=hold,*:data@8=nan-sample:31';
    expect(faultsOf('worker-1', setting)).toEqual([
      { phase: 'data', step: 3, action: 'kill' },
      { phase: 'data', step: 8, action: { kind: 'nan-sample', sample: 31 } },
    ]);
    expect(faultsOf('coordinator', setting)).toHaveLength(1);
  });

  it('takes a parameter by its name, and any step', () => {
    expect(faultsOf('w', 'w:data@*=flip-bit:fc6/kernel')).toEqual([
      { phase: 'data', step: undefined, action: { kind: 'flip-bit', parameter: 'fc6/kernel' } },
    ]);
  });

  it.each([undefined, ''])('has none where the variable is %j', (setting) => {
    expect(faultsOf('w', setting)).toEqual([]);
  });

  it.each([
    'data@3=kill',
    'worker-1:dat@3=kill',
    'worker-1:data@3=burn',
    'worker-1:data=kill',
    'worker-1:update@3=flip-bit:fc6/kernel',
    'worker-1:data@3=flip-bit',
    'worker-1:data@3=nan-sample:first',
  ])('refuses %s', (setting) => {
    const attempt = () => faultsOf('worker-1', setting);
    expect(attempt).toThrow(expect.objectContaining({ code: 'TANDEM_FAULT' }));
    expect(attempt).toThrow(
      /TANDEM_FAULT has .*NAME:PHASE@STEP=kill\|stop\|hold, .*NAME:data@STEP=nan-sample:SAMPLE\|flip-bit:PARAMETER/,
    );
  });
});
