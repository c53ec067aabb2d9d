import { describe, expect, it } from 'vitest';
import { supportedPlatform } from './platform.js';
import { isWanted, pipPlatformArguments, wheelsFor } from './wheels.js';

describe('supportedPlatform', () => {
  it.each([
    ['x64', '2.27', 'linux-x64'],
    ['arm64', '2.36', 'linux-arm64'],
    ['x64', '3.0', 'linux-x64'],
  ])('knows Linux on %s with glibc %s', (arch, glibc, platform) => {
    expect(supportedPlatform({ os: 'linux', arch, glibc })).toBe(platform);
  });

  it.each([
    ['darwin', 'arm64', undefined, /\(darwin arm64\)/],
    ['win32', 'x64', undefined, /Docker or WSL/],
    ['linux', 'x64', undefined, /\(linux x64, not glibc\)/],
    ['linux', 'x64', '2.17', /\(linux x64, glibc 2.17\).*glibc 2.27 or newer/],
    ['linux', 'ppc64', '2.36', /linux ppc64/],
  ])('refuses %s %s with glibc %s', (os, arch, glibc, message) => {
    const act = () => supportedPlatform({ os, arch, glibc });
    expect(act).toThrow(expect.objectContaining({ code: 'TANDEM_SETUP_PLATFORM', exitCode: 2 }) as Error);
    expect(act).toThrow(message);
  });
});

describe('wheels', () => {
  it('are TensorFlow alone for CPUs, and with NVIDIA’s libraries for CUDA', () => {
    expect(wheelsFor('cpu', 'linux-x64').map(({ project }) => project)).toEqual(['tensorflow-cpu']);
    expect(wheelsFor('cpu', 'linux-arm64').map(({ project }) => project)).toEqual(['tensorflow']);
    expect(wheelsFor('cuda', 'linux-x64').map(({ project }) => project)).toContain('nvidia-cudnn-cu12');
    expect(() => wheelsFor('cuda', 'linux-arm64')).toThrow('TensorFlow publishes no CUDA build for linux-arm64');
  });

  it('are asked for by one platform where one is enough: old pips take no more', () => {
    expect(pipPlatformArguments('linux-x64', 'cpu').filter((word) => word === '--platform')).toHaveLength(1);
  });

  it.each([
    ['tensorflow/libtensorflow_cc.so.2', true],
    ['tensorflow/include/tensorflow/c/eager/c_api.h', true],
    ['tensorflow/include/tsl/platform/ctstring.h', true],
    ['tensorflow/include/xla/tsl/c/tsl_status.h', true],
    ['nvidia/cudnn/lib/libcudnn.so.9', true],
    ['nvidia/cuda_nvcc/nvvm/libdevice/libdevice.10.bc', true],
    ['tensorflow/include/Eigen/Core', false],
    ['tensorflow/python/__init__.py', false],
    ['nvidia/cudnn/include/cudnn.h', false],
  ])('%s is taken: %s', (entry, wanted) => {
    expect(isWanted(entry)).toBe(wanted);
  });
});
