import type { Diagnosis, SeenEngine } from '@tandem/runtime';

/** The diagnosis for people, a fact a line, problems last. */
export function diagnosisText(diagnosis: Diagnosis): string {
  const { versions, platform, runtime, engines, devices, cores, memory, cache, problems, ok } = diagnosis;
  const libc = platform.glibc === null ? '' : `, glibc ${platform.glibc}`;
  const facts: [string, string][] = [
    ['Tandem', versions.tandem],
    ['Node', versions.node],
    ['platform', `${platform.os} ${platform.arch}${libc}`],
    ['TensorFlow.js', versions.tfjs],
    [
      'TensorFlow',
      runtime === null
        ? 'not set up'
        : `${versions.tensorflow ?? 'does not load'} (${runtime.flavour}), ${runtime.directory}`,
    ],
    ...engines.map((engine): [string, string] => [`engine ${engine.engine}`, abilityOf(engine)]),
    ...devices.map(({ device, name, memoryBytes, usable }): [string, string] => [
      device,
      `${name}${memoryBytes === undefined ? '' : `, ${gibibytes(memoryBytes)}`}${usable ? '' : ' (not usable)'}`,
    ]),
    ['threads', `${cores}: the most that the workers of this machine can share`],
    ['memory', `${gibibytes(memory.freeBytes)} free of ${gibibytes(memory.totalBytes)}`],
    ['cache', `${cache.directory}, ${gibibytes(cache.freeBytes)} free`],
  ];
  const width = Math.max(...facts.map(([name]) => name.length));
  return [
    ...facts.map(([name, value]) => `${name.padEnd(width)}  ${value}`),
    '',
    ...problems.map(({ severity, code, message }) => `${severity} [${code}] ${message}`),
    ok
      ? 'Training can run here.'
      : engines.some(({ usable }) => usable)
        ? 'Training of the small network can run here, on WebAssembly; others with --engine wasm, slowly.'
        : 'Training cannot run here yet.',
    '',
  ].join('\n');
}

function abilityOf({ engine, usable, version, networks }: SeenEngine): string {
  if (!usable) return 'not usable';
  const slow = engine === 'wasm' ? ', others if told to; on one core, several times as slow' : '';
  return `${networks === 'all' ? 'every network' : 'the small network'}${slow} (${version})`;
}

function gibibytes(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(1)} GiB`;
}
