import { describe, expect, it } from 'vitest';
import type { WorkerMessage, WorkerMessageInput } from '../messages.js';
import { loadTandemProtocol } from '../protocol.js';
import { coordinatorMessageFault } from './coordinator-message.js';
import { pullRequestFault, stateRequestFault } from './requests.js';
import { workerMessageFault } from './worker-message.js';

/** As it comes out of the wire. */
function received(message: WorkerMessageInput): WorkerMessage {
  const { requestSerialize, requestDeserialize } = loadTandemProtocol().coordinator.Join;
  return requestDeserialize(requestSerialize(message as WorkerMessage));
}

const hello = {
  protocolVersion: 1,
  name: 'node-a-gpu:0',
  host: 'node-a',
  pid: 1,
  exchangeAddress: ':4711',
  device: 'gpu:0',
};

describe('workerMessageFault', () => {
  it.each([
    ['hello', { hello }],
    ['an IPv6 address', { hello: { ...hello, exchangeAddress: '[fe80::1%eth0]:4711' } }],
    ['a heartbeat', { heartbeat: { step: 3, phase: 'compute' } }],
    ['a loss that is no number', { step: { loss: NaN } }],
    ['an infinite loss', { step: { loss: Infinity } }],
    [
      'a failure of several lines',
      { failure: { code: 'TANDEM_DATA_IMAGE', message: 'a\n\tb', peer: '', exitCode: 2 } },
    ],
    [
      'a step whose numbers ended',
      { nonFinite: { loss: NaN, gradients: ['fc6/kernel'], origins: [{ place: 'the loss' }] } },
    ],
    [
      'lines of a log',
      {
        log: {
          entries: [{ timeMs: 1.7e12, level: 'WARN', event: 'data.unreadable', message: 'größe 猫' }],
          dropped: 3,
        },
      },
    ],
    ['classes in any script', { prepared: { classes: ['猫', 'chien à poil'] } }],
  ])('lets %s pass', (_, message) => {
    expect(workerMessageFault(received(message as WorkerMessageInput))).toBeUndefined();
  });

  it.each([
    ['an empty message', {}, 'the message is empty'],
    ['a path as a name', { hello: { ...hello, name: '../../etc/passwd' } }, 'hello.name: letters, digits'],
    ['no name', { hello: { ...hello, name: '' } }, 'hello.name: letters, digits'],
    ['a name of two lines', { hello: { ...hello, name: 'a\nb' } }, 'hello.name: letters, digits'],
    ['a long name', { hello: { ...hello, name: 'a'.repeat(129) } }, 'hello.name: Too big'],
    ['a terminal’s escapes', { hello: { ...hello, host: '\u001b[2Jhost' } }, 'hello.host: no control characters'],
    ['no port', { hello: { ...hello, exchangeAddress: 'node-a' } }, 'hello.exchangeAddress: host:port'],
    ['a port that is none', { hello: { ...hello, exchangeAddress: ':0' } }, 'hello.exchangeAddress: a port from 1'],
    ['an address of two', { hello: { ...hello, exchangeAddress: 'a:1,b:2' } }, 'hello.exchangeAddress: host:port'],
    ['an unknown phase', { heartbeat: { phase: 'sleep' } }, 'heartbeat.phase: Invalid option'],
    ['a step beyond 2^53', { heartbeat: { step: '18446744073709551615', phase: 'data' } }, 'heartbeat.step: Too big'],
    ['a place of two lines', { nonFinite: { origins: [{ place: 'a\nb' }] } }, 'nonFinite.origins.0.place: '],
    [
      'a line that is two',
      { log: { entries: [{ event: 'step', message: 'a\nb' }] } },
      'log.entries.0.message: no control',
    ],
    ['an event that is none', { log: { entries: [{ event: 'rm -rf' }] } }, 'log.entries.0.event: a name of an event'],
    ['a time that is none', { log: { entries: [{ timeMs: 9e15, event: 'step' }] } }, 'log.entries.0.timeMs: Too big'],
    [
      'a long line',
      { log: { entries: [{ event: 'step', message: 'a'.repeat(3_000) }] } },
      'log.entries.0.message: Too',
    ],
    [
      'lines without end',
      { log: { entries: Array.from({ length: 257 }, () => ({ event: 'step' })) } },
      'log.entries: Too big',
    ],
    ['buckets without end', { gradient: { bucket: new Array(2_000).fill(1) } }, 'gradient.bucket: Too big'],
    ['a bucket without an end', { gradient: { bucket: [1, 2], bucketLimit: [1] } }, 'gradient: as many limits as'],
    ['an endless time', { step: { stepMs: Infinity } }, 'step.stepMs: Invalid input'],
    ['a negative time', { step: { stepMs: -1 } }, 'step.stepMs: Too small'],
    ['pieces without end', { evaluation: { totalPieces: 4e9 } }, 'evaluation.totalPieces: Too big'],
    [
      'a shape of many dimensions',
      { prepared: { parameters: [{ name: 'w', shape: [1, 1, 1, 1, 1, 1, 1, 1, 1] }] } },
      'prepared.parameters.0.shape: Too big',
    ],
    ['a mean that is no number', { prepared: { channelMeans: [NaN] } }, 'prepared.channelMeans.0: Invalid input'],
    ['a code that is none', { failure: { code: 'rm -rf', message: '' } }, 'failure.code: an error code'],
    [
      'a cursor’s movements',
      { failure: { code: '', message: 'a\u001b[1Ab' } },
      'failure.message: no control characters',
    ],
    [
      'an unknown track',
      { timeline: { events: [{ name: 'a', track: 9 }] } },
      'timeline.events.0.track: Invalid option',
    ],
    ['a row too many', { timeline: { events: [{ name: 'a', bucket: 4e9 }] } }, 'timeline.events.0.bucket: Too big'],
  ])('refuses %s', (_, message, fault) => {
    expect(workerMessageFault(received(message as WorkerMessageInput))).toMatch(fault);
  });

  it('does not repeat what a stranger sent', () => {
    expect(workerMessageFault(received({ hello: { ...hello, name: '<script>' } }))).not.toContain('script');
  });
});

it('refuses requests that are no requests', () => {
  const pull = { protocolVersion: 1, runId: 'run', generation: 1, rank: 1, memory: null };
  const memory = { pid: 1, fd: 3, bytes: 4096, key: Buffer.alloc(32) };
  expect(pullRequestFault({ ...pull, memory })).toBeUndefined();
  expect(pullRequestFault({ ...pull, memory: { ...memory, pid: 0 } })).toMatch('pull.memory.pid: Too small');
  expect(pullRequestFault({ ...pull, memory: { ...memory, bytes: 2 ** 50 } })).toMatch('pull.memory.bytes: Too big');
  expect(pullRequestFault({ ...pull, memory: { ...memory, key: Buffer.alloc(65) } })).toMatch('pull.memory.key');
  expect(pullRequestFault(pull)).toBeUndefined();
  expect(pullRequestFault({ ...pull, runId: 'r'.repeat(65) })).toMatch('pull.runId: Too big');
  expect(pullRequestFault({ ...pull, generation: 2 ** 60 })).toMatch('pull.generation');
  expect(stateRequestFault({ runId: 'run', step: 2 ** 60 })).toMatch('request.step: Too big');
});

it('holds coordinators to the same', () => {
  const member = { rank: 0, name: 'a', address: '10.0.0.1:4711' };
  const generation = {
    number: 1,
    step: 0,
    weights: 'SEED',
    configJson: '{}',
    lastStep: 0,
    evaluationErrors: [],
    lastEvaluation: 0,
  } as const;
  const of = (members: (typeof member)[]) =>
    coordinatorMessageFault({ kind: 'generation', generation: { ...generation, members } });
  expect(of([member])).toBeUndefined();
  expect(of([{ ...member, address: 'http://10.0.0.1/' }])).toMatch('generation.members.0.address: host:port');
  expect(
    coordinatorMessageFault({
      kind: 'welcome',
      welcome: { runId: 'run', heartbeatMs: 0, configJson: '{}', timeline: null, coordinatorTimeoutMs: 1 },
    }),
  ).toMatch('welcome.heartbeatMs: Too small');
});
