import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { WorkerMetrics } from '@tandem/rpc/metrics';
import { describe, expect, it } from 'vitest';
import { RunMetrics } from './run-metrics.js';

const root = new URL('../../../../', import.meta.url);
const page = readFileSync(new URL('docs/metrics.md', root), 'utf8');
const dashboard = readFileSync(new URL('deploy/grafana/tandem.json', root), 'utf8');

const processes = [
  { name: 'coordinator', metrics: new RunMetrics(() => ({})) },
  {
    name: 'worker',
    metrics: new WorkerMetrics('w', {
      progress: () => ({ step: 0, phase: 'joining' }),
      readyBatches: 0,
      coordinatorAway: false,
    }),
  },
];

interface Described {
  readonly name: string;
  readonly type: string;
  readonly help: string;
}

/** What the text says of each metric. */
function describedIn(text: string): Described[] {
  return [...text.matchAll(/^# HELP (\S+) (.*)\n# TYPE \S+ (\S+)$/gm)].map(([, name, help, type]) => ({
    ...{ name: name!, help: help!, type: type! },
  }));
}

const promtool = spawnSync('promtool', ['--version']).status === 0;
const abbreviations = ['s', 'ms', 'us', 'ns', 'sec', 'b', 'kb', 'mb', 'gb', 'tb', 'pb', 'm', 'h', 'd'];
const unitsThatAreNoBase = [
  ...['milliseconds', 'microseconds', 'nanoseconds', 'minutes', 'hours', 'days', 'weeks'],
  ...['kilobytes', 'megabytes', 'gigabytes', 'bits', 'percent', 'celsiuses', 'fahrenheit'],
];

describe.each(processes)('what the $name counts', ({ metrics }) => {
  // The rules of Prometheus' own linter, client_golang/prometheus/testutil/promlint, which promtool asks.
  it('is named as Prometheus wants', async () => {
    const described = describedIn(await metrics.render());
    expect(described.length).toBeGreaterThan(20);
    for (const { name, type, help } of described) {
      expect(help, name).not.toBe('');
      expect(name).toMatch(/^[a-z][a-z0-9_]*$/);
      expect(name.endsWith('_total'), `${name} is a ${type}`).toBe(type === 'counter');
      expect(name, 'the type is no part of a name').not.toMatch(new RegExp(`(^|_)${type}(_|$)`));
      expect(name, 'reserved for what histograms and summaries are made of').not.toMatch(/_(count|sum|bucket)$/);
      for (const part of name.split('_')) {
        expect(abbreviations, name).not.toContain(part);
        expect(unitsThatAreNoBase, name).not.toContain(part);
      }
    }
    expect(new Set(described.map(({ name }) => name)).size).toBe(described.length);
  });

  it.skipIf(!promtool)(
    `passes promtool check metrics${promtool ? '' : ' (skipped: there is no promtool)'}`,
    async () => {
      const input = await metrics.render();
      const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], { input, encoding: 'utf8' });
      expect({ status, text: stdout + stderr }).toEqual({ status: 0, text: '' });
    },
  );

  it('is in docs/metrics.md, with its type and meaning', async () => {
    const own = describedIn(await metrics.render()).filter(({ name }) => name.startsWith('tandem_'));
    const rows = own.map(({ name, type, help }) => `| \`${name}\` | ${type} | ${help} |`);
    const written = page.split('\n').filter((line) => /^\| `tandem_/.test(line));
    expect(rows.filter((row) => !written.includes(row))).toEqual([]);
  });
});

it('is all that docs/metrics.md and the dashboard speak of', async () => {
  const texts = await Promise.all(processes.map(({ metrics }) => metrics.render()));
  const known = new Set(describedIn(texts.join('\n')).map(({ name }) => name));
  const spokenOf = (text: string) => [...text.matchAll(/\b(tandem|process|nodejs)_[a-z0-9_]+/g)].map(([name]) => name);
  const unknown = (text: string) =>
    spokenOf(text).filter((name) => !known.has(name) && !known.has(name.replace(/_(bucket|sum|count)$/, '')));
  expect(unknown(page)).toEqual([]);
  expect(spokenOf(dashboard).length).toBeGreaterThan(10);
  expect(unknown(dashboard)).toEqual([]);
});
