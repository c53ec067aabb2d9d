import { describe, expect, it } from 'vitest';
import { schedulerFlags } from './scheduler.js';

const slurm = { SLURM_JOB_ID: '123456', SLURM_JOB_NODELIST: 'gpu[07-09]', SLURM_PROCID: '5', SLURM_LOCALID: '1' };

describe('schedulerFlags', () => {
  it('gives a Slurm task its name by rank and its coordinator on the first node', () => {
    expect(schedulerFlags('worker', slurm)).toEqual({ coordinator: 'gpu07:23456', name: 'worker-5' });
    expect(schedulerFlags('coordinator', slurm)).toEqual({ listen: '0.0.0.0:23456' });
    expect(schedulerFlags('status', slurm)).toEqual({ coordinator: 'gpu07:23456' });
    expect(schedulerFlags('run', slurm)).toEqual({});
  });

  it('takes the GPU of the task', () => {
    const device = (more: Record<string, string>) => schedulerFlags('worker', { ...slurm, ...more })['device'];
    expect(device({ SLURM_JOB_GPUS: '0,1', CUDA_VISIBLE_DEVICES: '0,1' })).toBe('gpu:1');
    expect(device({ SLURM_STEP_GPUS: '3', CUDA_VISIBLE_DEVICES: '0' })).toBe('gpu:0');
    // A variable of the user's own in a job without GPUs.
    expect(device({ CUDA_VISIBLE_DEVICES: '0' })).toBeUndefined();
    expect(device({ SLURM_JOB_GPUS: '0', CUDA_VISIBLE_DEVICES: '-1' })).toBeUndefined();
  });

  it('ranks the pods of an indexed job', () => {
    expect(schedulerFlags('worker', { JOB_COMPLETION_INDEX: '3' })).toEqual({ name: 'worker-3' });
  });

  it('gives nothing elsewhere, or where the environment makes no sense', () => {
    expect(schedulerFlags('worker', {})).toEqual({});
    expect(schedulerFlags('worker', { SLURM_JOB_ID: 'x', SLURM_PROCID: '-1', SLURM_NODELIST: 'a[' })).toEqual({});
  });
});
