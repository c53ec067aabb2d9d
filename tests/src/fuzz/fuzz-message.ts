import { loadTandemProtocol, PROTOCOL_VERSION, type WorkerMessageInput } from '@tandem/rpc';
import fc from 'fast-check';

/** What is done to a service: once to one connection. */
export interface FuzzMessage {
  readonly kind: FuzzKind;
  /** ":path", or undefined for bytes that are not even HTTP/2. */
  readonly path: string | undefined;
  /** The join token goes along. */
  readonly known: boolean;
  /** What goes up the stream, piece after piece. */
  readonly pieces: readonly Uint8Array[];
  readonly ending: 'end' | 'reset' | 'hang' | 'hang up';
  readonly headers: Readonly<Record<string, string>>;
}

export const fuzzKinds = [
  'malformed',
  'truncated',
  'oversized',
  'mutated',
  'out of order',
  'headers',
  'raw bytes',
] as const;
export type FuzzKind = (typeof fuzzKinds)[number];

export interface FuzzFacts {
  readonly runId: string;
  readonly service: 'Coordinator' | 'Collective';
}

const MiB = 1024 * 1024;

/** As gRPC frames a message; `announced` is what its prefix says, where that is not the truth. */
function frame(message: Uint8Array, announced = message.length, flags = 0): Uint8Array {
  const framed = Buffer.alloc(5 + message.length);
  framed[0] = flags;
  framed.writeUInt32BE(announced >>> 0, 1);
  framed.set(message, 5);
  return framed;
}

const text = fc.oneof(
  fc.string({ maxLength: 40 }),
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.constantFrom(
    '',
    '../../../etc/passwd',
    '\u001b[2J',
    'worker-0',
    'a'.repeat(100_000),
    '\u0000',
    '${jndi:x}',
    '%s%n',
  ),
);
const number = fc.oneof(
  fc.nat(10),
  fc.constantFrom(0, 1, 2 ** 31, 2 ** 32 - 1, 2 ** 53, '18446744073709551615'),
  fc.nat(),
);
const real = fc.oneof(fc.double(), fc.constantFrom(NaN, Infinity, -1));

/** Messages that a client of another mind could make: right in form, anything in content. */
function workerMessage(): fc.Arbitrary<WorkerMessageInput> {
  const hello = fc.record({
    protocolVersion: fc.oneof(fc.constant(PROTOCOL_VERSION), number),
    name: fc.oneof(fc.stringMatching(/^fuzz-[a-z0-9]{1,12}$/), fc.constantFrom('worker-0', 'worker-1'), text),
    host: text,
    pid: fc.nat(),
    exchangeAddress: fc.oneof(fc.constantFrom(':1', '127.0.0.1:9', '[::1]:80', '192.0.2.1:7000'), text),
    tandemVersion: text,
    device: text,
  });
  const prepared = fc.record({
    trainingSamples: number,
    evaluationSamples: number,
    datasetDigest: text,
    networkDigest: text,
    classes: fc.array(text, { maxLength: 20 }),
    parameters: fc.array(fc.record({ name: text, shape: fc.array(fc.nat(), { maxLength: 12 }) }), { maxLength: 20 }),
    tensorflowVersion: text,
    threads: fc.nat(),
    channelMeans: fc.array(real, { maxLength: 5 }),
    engine: text,
    engineFallback: text,
  });
  const logEntry = fc.record({
    timeMs: real,
    level: fc.nat(9),
    event: fc.oneof(fc.constantFrom('run.joined', 'worker.slow'), text),
    message: text,
    generation: number,
    rank: fc.nat(),
    step: number,
  });
  const event = fc.record({ name: text, startUs: real, endUs: real, step: number, bucket: fc.nat() });
  return fc.oneof(
    fc.record({ hello }),
    fc.record({ hello }),
    fc.record({ heartbeat: fc.record({ step: number, phase: text }) }),
    fc.record({ prepared }),
    fc.record({ ready: fc.record({ generation: number, weightsDigest: text }) }),
    fc.record({ step: fc.record({ generation: number, step: number, loss: real, stepMs: real, samples: fc.nat() }) }),
    fc.record({
      evaluation: fc.record({
        step: number,
        totalPieces: fc.nat(2 ** 31 - 1),
        pieces: fc.array(fc.record({ index: fc.nat(), loss: real }), { maxLength: 20 }),
      }),
    }),
    fc.record({ snapshot: fc.record({ step: number, epoch: fc.nat() }) }),
    fc.record({ digest: fc.record({ step: number, parameterDigests: fc.array(text, { maxLength: 20 }) }) }),
    fc.record({ stopRequest: fc.record({ reason: text }) }),
    fc.record({ finished: fc.record({ step: number }) }),
    fc.record({ failure: fc.record({ code: text, message: text, peer: text, exitCode: fc.nat() }) }),
    fc.record({ clockProbe: fc.record({ sentUs: real }) }),
    fc.record({
      gradient: fc.record({
        step: number,
        parameter: fc.nat(40),
        min: real,
        num: number,
        bucketLimit: fc.array(real, { maxLength: 4 }),
        bucket: fc.array(fc.nat(), { maxLength: 4 }),
      }),
    }),
    fc.record({ log: fc.record({ entries: fc.array(logEntry, { maxLength: 300 }), dropped: number }) }),
    fc.record({ timeline: fc.record({ generation: number, events: fc.array(event, { maxLength: 50 }) }) }),
  ) as fc.Arbitrary<WorkerMessageInput>;
}

/** The messages of a call in their right form, and the call's path. */
function calls({ service, runId }: FuzzFacts): fc.Arbitrary<{ path: string; messages: Uint8Array[] }> {
  const { coordinator, collective } = loadTandemProtocol();
  const run = fc.oneof(fc.constant(runId), text);
  const state = fc.record({ runId: run, step: number });
  const one = <M>(method: { path: string; requestSerialize(message: M): Buffer }, message: fc.Arbitrary<unknown>) =>
    message.map((value) => ({ path: method.path, messages: [method.requestSerialize(value as M)] }));
  if (service === 'Collective') {
    const rank = fc.oneof(fc.integer({ min: 2, max: 9 }), fc.nat());
    const memory = fc.option(
      fc.record({ pid: fc.nat(70_000), fd: fc.nat(100), bytes: number, key: fc.uint8Array({ maxLength: 80 }) }),
    );
    // Not a rank that there is: whoever has the token and says so takes that peer's place.
    const pull = fc.record({
      protocolVersion: fc.constantFrom(PROTOCOL_VERSION, 0, 99),
      runId: run,
      generation: number,
      rank,
      memory,
    });
    return fc.oneof(one(collective.Pull, pull), one(collective.FetchState, state));
  }
  const join = fc.array(workerMessage(), { minLength: 1, maxLength: 8 }).map((messages) => ({
    path: coordinator.Join.path,
    messages: messages.map((message) => coordinator.Join.requestSerialize(message as never)),
  }));
  return fc.oneof(
    { weight: 4, arbitrary: join },
    one(coordinator.FetchCheckpoint, state),
    one(coordinator.GetStatus, fc.constant({})),
  );
}

/** Anything that may be done to the service, by people with a token and without. */
export function fuzzMessages(facts: FuzzFacts): fc.Arbitrary<FuzzMessage> {
  const known = fc.boolean();
  const ending = fc.constantFrom('end', 'end', 'end', 'reset', 'hang', 'hang up') as fc.Arbitrary<
    FuzzMessage['ending']
  >;
  const bytes = fc.uint8Array({ maxLength: 2_000 });
  const call = calls(facts);
  const path = call.map((made) => made.path);
  const base = { known, ending, headers: fc.constant({}) };
  const made = (kind: FuzzKind, content: fc.Arbitrary<{ path: string | undefined; pieces: readonly Uint8Array[] }>) =>
    fc
      .record({ ...base, kind: fc.constant(kind), content })
      .map(({ content: inner, ...rest }) => ({ ...rest, ...inner }));
  return fc.oneof(
    made(
      'malformed',
      fc.record({
        path,
        pieces: fc.array(
          bytes.map((each) => frame(each)),
          { maxLength: 4 },
        ),
      }),
    ),
    made(
      'truncated',
      fc.tuple(call, fc.nat()).map(([{ path: to, messages }, cut]) => {
        const whole = Buffer.concat(messages.map((each) => frame(each)));
        return { path: to, pieces: [whole.subarray(0, cut % (whole.length + 1))] };
      }),
    ),
    made(
      'oversized',
      fc
        .tuple(
          path,
          fc.constantFrom(5 * MiB, 8 * MiB, 2 ** 31, 2 ** 32 - 1),
          fc.constantFrom(0, 1_000, 70_000, 6 * MiB),
        )
        .map(([to, announced, sent]) => ({ path: to, pieces: [frame(new Uint8Array(sent), announced)] })),
    ),
    made(
      'mutated',
      fc
        .tuple(call, fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 8 }))
        .map(([{ path: to, messages }, flips]) => {
          const whole = Buffer.concat(messages.map((each) => frame(each)));
          for (const [at, value] of flips) whole[at % whole.length] = value;
          return { path: to, pieces: [whole] };
        }),
    ),
    made(
      'out of order',
      call.map(({ path: to, messages }) => ({ path: to, pieces: messages.map((each) => frame(each)) })),
    ),
    fc.record({
      ...base,
      kind: fc.constant('headers' as const),
      path: fc.oneof(
        path,
        fc.constantFrom('/', '/tandem.v1.Coordinator/', '/tandem.v1.Collective/Steal', '/'.padEnd(9_000, 'x')),
      ),
      pieces: fc.array(
        bytes.map((each) => frame(each, each.length, 1)),
        { maxLength: 2 },
      ),
      headers: fc.dictionary(
        fc.stringMatching(/^x-[a-z]{1,10}$/),
        fc.oneof(fc.stringMatching(/^[ -~]{0,50}$/), fc.constant('y'.repeat(10_000))),
        { maxKeys: 12 },
      ),
    }),
    made(
      'raw bytes',
      fc.tuple(fc.boolean(), bytes).map(([preface, after]) => ({
        path: undefined,
        pieces: [Buffer.concat([Buffer.from(preface ? 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n' : ''), after])],
      })),
    ),
  );
}
