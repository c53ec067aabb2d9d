import { describe, expect, it } from 'vitest';
import { loadTandemProtocol } from './protocol.js';

describe('loadTandemProtocol', () => {
  const { coordinator, collective } = loadTandemProtocol();

  it('has the services at their wire paths', () => {
    expect(coordinator.Join.path).toBe('/tandem.v1.Coordinator/Join');
    expect(collective.Pull.path).toBe('/tandem.v1.Collective/Pull');
    expect(collective.Pull.responseStream).toBe(true);
  });

  it('reads absent fields as defaults, 64-bit integers as numbers and the oneof by name', () => {
    const bytes = coordinator.Join.requestSerialize({ step: { step: 2 ** 40, samples: 50 } });
    expect(coordinator.Join.requestDeserialize(bytes)).toMatchObject({
      kind: 'step',
      step: { step: 2 ** 40, samples: 50, epoch: 0, loss: 0 },
    });
  });

  it('reads the bytes of a chunk in place', () => {
    const bytes = collective.Pull.responseSerialize({ step: 1, phase: 'GATHER', data: Buffer.alloc(1000, 7) });
    const chunk = collective.Pull.responseDeserialize(bytes);
    expect(chunk.phase).toBe('GATHER');
    expect(chunk.data.buffer).toBe(bytes.buffer);
  });
});
