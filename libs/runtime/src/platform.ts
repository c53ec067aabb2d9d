import { setupError } from './errors.js';

/** What the native libraries are built for. */
export type Platform = 'linux-x64' | 'linux-arm64';

export interface PlatformFacts {
  readonly os: string;
  readonly arch: string;
  /** The C library's version, undefined where it is not glibc. */
  readonly glibc: string | undefined;
}

const WHEEL_GLIBC = [2, 27] as const;

/** The platform by name alone: for finding what a set-up, which looks closer, has left. */
export function presentPlatform(): Platform | undefined {
  const { platform, arch } = process;
  return platform === 'linux' && (arch === 'x64' || arch === 'arm64') ? `${platform}-${arch}` : undefined;
}

export function platformFacts(): PlatformFacts {
  const report = process.report.getReport() as unknown as { header: { glibcVersionRuntime?: string } };
  return { os: process.platform, arch: process.arch, glibc: report.header.glibcVersionRuntime };
}

/** The platform of this machine. Throws `TANDEM_SETUP_PLATFORM` where TensorFlow publishes no wheel for it. */
export function supportedPlatform(facts: PlatformFacts = platformFacts()): Platform {
  const { os, arch, glibc } = facts;
  const [major = 0, minor = 0] = (glibc ?? '').split('.').map(Number);
  const recent = major > WHEEL_GLIBC[0] || (major === WHEEL_GLIBC[0] && minor >= WHEEL_GLIBC[1]);
  if (os === 'linux' && (arch === 'x64' || arch === 'arm64') && recent) return `linux-${arch}`;
  const libc = os === 'linux' ? (glibc === undefined ? ', not glibc' : `, glibc ${glibc}`) : '';
  throw setupError('TANDEM_SETUP_PLATFORM', {
    what: `there is no TensorFlow for this machine (${os} ${arch}${libc})`,
    expected: 'Linux on x64 or arm64 with glibc 2.27 or newer',
    remedy:
      'Use such a machine or a container of one: on macOS and Windows, a Debian or Ubuntu image under Docker or WSL.',
    context: { ...facts },
  });
}
