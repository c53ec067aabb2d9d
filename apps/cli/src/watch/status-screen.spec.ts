import { stripVTControlCharacters } from 'node:util';
import type { ClusterStatus, LogEntryMessage, MemberStatus, MemberTimes } from '@tandem/rpc';
import { describe, expect, it } from 'vitest';
import { widthOf } from './cells.js';
import { inColour } from './paint.js';
import { lastFirst, statusScreen } from './status-screen.js';

const address = 'coordinator:7000';

function member(rank: number, more: Partial<MemberStatus> = {}): MemberStatus {
  return {
    ...{ rank, name: `worker-${rank}`, host: `host-${rank}`, address: '10.0.0.1:4000', step: 120 },
    ...{ phase: 'compute', heartbeatAgeMs: 210, device: 'cpu', ...more },
  };
}
const times: MemberTimes = {
  ...{ step: 120, stepMs: 200, dataMs: 4, computeMs: 150, exchangeMs: 30, updateMs: 16, imagesPerSecond: 76.4 },
};
function event(message: string, level: LogEntryMessage['level'] = 'INFO', process = 'coordinator') {
  const entry = { timeMs: 0, level, event: 'worker.joined', message, generation: 1, rank: 0, step: 0 };
  return { entry, process };
}

function status(members: readonly MemberStatus[], more: Partial<ClusterStatus> = {}): ClusterStatus {
  return {
    ...{ runId: '82cdce3e-7380-4194', state: 'training', generation: 2, step: 120, totalSteps: 480, epoch: 3 },
    ...{ loss: 0.43123, imagesPerSecond: 152.8, members: [...members] },
    detail: {
      ...{ timeMs: 0, epochs: 9, remainingMs: 80_000, losses: [3, 2, 1.5, 1, 0.7, 0.43] },
      times: members.map(() => times),
      events: [event('worker-1 joined'), event('the loss is high', 'WARN'), event('broken', 'ERROR', 'worker-1')],
    },
    ...more,
  };
}

const time = new Date(0).toTimeString().slice(0, 8);

describe('statusScreen', () => {
  it('shows a run of two workers at 80 × 24', () => {
    const screen = statusScreen(status([member(0), member(1, { heartbeatAgeMs: 12_000 })]), {
      ...{ columns: 80, rows: 24, address },
    });
    expect(screen.map((line) => line.trimEnd())).toEqual([
      'tandem · run 82cdce3e · training · generation 2                 coordinator:7000',
      'step 120/480 ━━━━━━━━━──────────────────────────── 25 % · epoch 3/9 · ETA 1m 20s',
      '153 images/s · 2 workers',
      'loss 0.4312 █▅▄▂▁▁',
      '',
      'rank worker   host   device phase         step heard data comp exch  upd img/s',
      '   0 worker-0 host-0 cpu    compute        120  0.2s   2%  75%  15%   8%    76',
      '   1 worker-1 host-1 cpu    compute        120   12s   2%  75%  15%   8%    76',
      '',
      'events',
      `${time} INFO  coordinator · worker-1 joined`,
      `${time} WARN  coordinator · the loss is high`,
      `${time} ERROR worker-1 · broken`,
      ...Array<string>(10).fill(''),
      'q quits · ↑ ↓ PgUp PgDn move among workers',
    ]);
  });

  const long = [
    member(0, { name: 'a'.repeat(128), host: '长'.repeat(100), phase: 'state transfer', device: 'gpu:0'.repeat(10) }),
    member(1, { name: '工作机-上海', host: 'e\u0301'.repeat(40), step: 12_345_678_901, heartbeatAgeMs: 7_300_000 }),
    member(2, { name: 'emoji👩‍👩‍👧-🇩🇪', host: '\u202e\u001b[2Jevil' }),
  ];
  const runs: [string, ClusterStatus][] = [
    ['no worker', status([], { state: 'waiting', step: 0, totalSteps: 0, epoch: 0, detail: null })],
    ['one', status([member(0)])],
    ['long names and wide characters', status(long)],
    ['64 ranks', status(Array.from({ length: 64 }, (_, rank) => member(rank)))],
    ['numbers that ended', status([member(0)], { loss: NaN, imagesPerSecond: Infinity, remainingOf: 0 } as never)],
    [
      'losses that ended, and many events',
      status([member(0)], {
        detail: {
          ...{ timeMs: 0, epochs: 9, remainingMs: 1e9, losses: [NaN, 1, Infinity, 2, ...Array<number>(236).fill(3)] },
          times: [],
          events: Array.from({ length: 100 }, (_, index) => event(`第${index} `.repeat(20), 'WARN')),
        },
      }),
    ],
  ];
  const sizes = [
    [80, 24],
    [200, 60],
    [120, 10],
    [64, 24],
    [40, 12],
    [20, 5],
    [3, 2],
    [1, 1],
  ] as const;
  it.each(runs)('never leaves the terminal: %s', (_, run) => {
    for (const [columns, rows] of sizes)
      for (const trouble of [undefined, `${address} has not answered for 3 s`])
        for (const first of [0, 1_000]) {
          const screen = statusScreen(run, { columns, rows, address, first, trouble, paint: inColour });
          expect(screen).toHaveLength(rows);
          for (const line of screen) {
            expect(widthOf(line), `${columns} × ${rows}: ${line}`).toBeLessThanOrEqual(columns);
            // eslint-disable-next-line no-control-regex
            expect(stripVTControlCharacters(line)).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e]/);
          }
        }
  });

  it('moves among workers that do not fit, and says which are shown', () => {
    const many = status(Array.from({ length: 64 }, (_, rank) => member(rank)));
    const size = { columns: 80, rows: 24 };
    const text = (first: number) => statusScreen(many, { ...size, address, first }).join('\n');
    expect(text(0)).toContain('1 to 11 of 64 workers');
    expect(text(0)).toContain(' worker-0 ');
    expect(text(0)).not.toContain(' worker-11 ');
    expect(lastFirst(many, size)).toBe(53);
    expect(text(53)).toContain('54 to 64 of 64 workers');
    expect(text(53)).toContain(' worker-63 ');
    expect(lastFirst(status([member(0)]), size)).toBe(0);
  });

  it('shows a worker where there is room for one line', () => {
    const three = status([member(0), member(1), member(2)]);
    const size = { columns: 40, rows: 10 };
    expect(lastFirst(three, size)).toBe(2);
    const text = statusScreen(three, { ...size, address, first: 2 }).join('\n');
    expect(text).toContain(' worker-2 ');
    expect(text).not.toContain('of 3 workers');
  });

  it('says what it does not know yet, and what is wrong', () => {
    const waiting = status([member(0)], { state: 'waiting', step: 0, totalSteps: 0, epoch: 0, detail: null });
    const text = statusScreen(waiting, { columns: 80, rows: 24, address, trouble: 'no answer' }).join('\n');
    expect(text).toContain('the run has not started');
    expect(text).toMatch(/0\.2s +– +– +– +– +–/);
    expect(text).toMatch(/no answer$/);
    const none = statusScreen({ ...waiting, members: [] }, { columns: 80, rows: 24, address });
    expect(none).toContain('no worker has joined yet');
  });

  it('colours states, levels and workers that are late', () => {
    const paint = (style: unknown, text: string) => `<${String(style)}>${text}</>`;
    const run = status([member(0, { heartbeatAgeMs: 5_000 })], { state: 'paused' });
    const text = statusScreen(run, { columns: 80, rows: 24, address, paint }).join('\n');
    expect(text).toContain('<bold,yellow>paused</>');
    expect(text).toContain('<red> 5.0s</>');
    expect(text).toContain('<yellow>WARN </>');
    expect(text).toContain('<red>ERROR</>');
  });
});
