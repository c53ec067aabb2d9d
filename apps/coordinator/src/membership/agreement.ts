import { workersDisagree } from '../errors.js';
import type { Member } from './member.js';

/** What must be alike on all workers, as a person calls it. */
const facts: readonly (readonly [name: string, of: (member: Pick<Member, 'hello' | 'prepared'>) => string | number])[] =
  [
    ['Tandem', ({ hello }) => hello.tandemVersion],
    ['the engine', ({ prepared }) => prepared!.engine || 'native'],
    ['TensorFlow', ({ prepared }) => prepared!.tensorflowVersion],
    ['the number of threads', ({ prepared }) => prepared!.threads],
    ['the number of training samples', ({ prepared }) => prepared!.trainingSamples],
    ['the number of evaluation samples', ({ prepared }) => prepared!.evaluationSamples],
    ['the classes', ({ prepared }) => prepared!.classes.join(', ')],
    ['the data set digest', ({ prepared }) => prepared!.datasetDigest],
    ['the digest of the network’s code (model.module)', ({ prepared }) => prepared!.networkDigest],
  ];

/**
 * Throws a ConfigurationError (`TANDEM_WORKERS_DISAGREE`) that names the first worker whose data, network or machine is not
 * like the first one's, and what differs. All members are prepared.
 */
export function checkAgreement(members: readonly Pick<Member, 'hello' | 'prepared' | 'describe'>[]): void {
  const [first, ...others] = members;
  if (first === undefined) return;
  for (const member of others) {
    for (const [name, of] of facts)
      if (of(member) !== of(first))
        throw workersDisagree(
          `${name} of ${member.describe()} is ${of(member)}, of ${first.describe()} it is ${of(first)}`,
          'All workers must have the same data set, the same code, the same engine, the same versions and the same number of threads.',
        );
    const parameter = firstDifference(first, member);
    if (parameter !== undefined)
      throw workersDisagree(
        `the network of ${member.describe()} differs from that of ${first.describe()} in ${parameter}`,
        'All workers must have the same version of Tandem.',
      );
  }
}

function firstDifference(a: Pick<Member, 'prepared'>, b: Pick<Member, 'prepared'>): string | undefined {
  const text = (member: Pick<Member, 'prepared'>) =>
    member.prepared!.parameters.map(({ name, shape }) => `${name} [${shape.join(', ')}]`);
  const [left, right] = [text(a), text(b)];
  const index = Array.from({ length: Math.max(left.length, right.length) }).findIndex(
    (_, at) => left[at] !== right[at],
  );
  return index < 0 ? undefined : `parameter ${index}: ${right[index] ?? 'none'} against ${left[index] ?? 'none'}`;
}
