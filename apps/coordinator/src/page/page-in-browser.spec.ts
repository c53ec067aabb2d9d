import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LogEntry, LogLevel } from '@tandem/observability';
import { createLogger } from '@tandem/observability/logging';
import { type ClusterStatusInput, LOOPBACK_ONLY, RefusalLog } from '@tandem/rpc';
import type { Browser, BrowserContextOptions } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { chromiumPath, launchChromium, longestTask, WatchedPage } from '../testing/browser.js';
import { Cluster } from '../testing/cluster.js';
import type { StepRow } from '../metrics/rows.js';
import { Page, type PageOptions } from './page.js';

const noChromium = 'no Chromium is installed: apt-get install chromium, or TANDEM_CHROMIUM=…';
it.runIf(chromiumPath === undefined)('is tried in a browser', ({ skip }) => skip(noChromium));

let browser: Browser;
let cluster: Cluster;
let scratch: string;
const releases: (() => Promise<unknown>)[] = [];
beforeAll(async () => {
  if (chromiumPath !== undefined) browser = await launchChromium();
});
afterAll(() => browser?.close());
beforeEach(async () => {
  cluster = await Cluster.make();
  scratch = await mkdtemp(join(tmpdir(), 'tandem-page-'));
});
afterEach(async () => {
  for (const release of releases.splice(0).reverse()) await release();
  await cluster.close();
  await rm(scratch, { recursive: true, force: true });
});

async function open(url: string, options: BrowserContextOptions = {}): Promise<WatchedPage> {
  const watched = await WatchedPage.open(browser, url, options);
  releases.push(() => watched.close());
  await watched.page.locator('#connection[data-state="live"]').waitFor();
  return watched;
}

const levels: readonly LogLevel[] = ['debug', 'info', 'warn', 'error', 'fatal'];

const row = (step: number): StepRow => ({
  ...{ type: 'step', step, epoch: 1, loss: 2 / Math.sqrt(step) + 0.1 * Math.sin(step), learningRate: 0.01 },
  ...{ worldSize: 2, generation: step < 4_000 ? 1 : 2, samples: 8, imagesPerSecond: 800 + (step % 7) },
  ...{ stepMs: 10, computeMs: 6, exchangeMs: 3, updateMs: 1, bytesSent: 100 },
});

/** A page without a run: what it is told is the test's to say. */
async function pageOf(changes: Partial<PageOptions> = {}) {
  const log: LogEntry[] = [];
  const hears: ((entry: LogEntry) => void)[] = [];
  const status: ClusterStatusInput = {
    ...{ runId: 'r1', state: 'training', generation: 1, step: 3, totalSteps: 9, epoch: 1, imagesPerSecond: 800 },
    members: [0, 1].map((rank) => ({
      ...{ rank, name: `worker-${rank}`, host: 'node-a', phase: 'compute', device: 'cpu', step: 3 },
      heartbeatAgeMs: rank * 5_000,
    })),
  };
  const page = await Page.open({
    ...{ listen: '127.0.0.1:0', runDirectory: scratch, startStep: 0, security: LOOPBACK_ONLY, samples: undefined },
    refusals: new RefusalLog(() => undefined),
    log: createLogger({ name: 'coordinator', level: 'fatal' }),
    status: () => status,
    clusterLog: {
      entries: log,
      subscribe: (hear) => {
        hears.push(hear);
        return () => hears.splice(hears.indexOf(hear), 1);
      },
    },
    ...changes,
  });
  let closed: Promise<void> | undefined;
  const close = () => (closed ??= page.close());
  releases.push(close);
  const say = (message: string, fields: Partial<LogEntry> = {}) => {
    const entry: LogEntry = {
      timeMs: Date.now(),
      level: 'info',
      event: 'run.notice',
      message,
      process: 'coordinator',
      ...fields,
    };
    log.push(entry);
    for (const hear of hears) hear(entry);
  };
  const report = (step: number) => {
    const times = { dataMs: 1, computeMs: 6, exchangeMs: 3, updateMs: 1 };
    const reports = [0, 1].map((rank) => ({ ...row(step), ...times, computeMs: 6 + rank, skipped: false }));
    page.monitor.stepped!(row(step), reports);
  };
  return { page, say, report, close };
}

describe.skipIf(chromiumPath === undefined)('the page in Chromium', () => {
  it('shows steps, evaluations and workers as they come, and marks a worker that dies', async () => {
    const workers = await cluster.train(2, ['cluster.minWorkers=1', 'evaluation.everyEpochs=1'], {
      worldSize: 2,
      page: { listen: '127.0.0.1:0' },
    });
    const watched = await open(`http://${cluster.coordinator.pageAddress}/`);
    const { page } = watched;
    for (const [rank, worker] of workers.entries())
      worker.report(1, { loss: 0.75, dataMs: 1, computeMs: 10 + 10 * rank, exchangeMs: 4, updateMs: 2 });
    await page.locator('#loss', { hasText: '0.75' }).waitFor();
    await page.locator('#chart-loss b', { hasText: '0.75' }).first().waitFor();
    await expect
      .poll(() => page.locator('#breakdown tbody tr').allInnerTexts())
      .toEqual([
        expect.stringMatching(/^0\s+1\.0\s+10\.0\s+4\.0\s+2\.0\s+17\.0$/),
        expect.stringMatching(/^1\s+1\.0\s+20\.0\s+4\.0\s+2\.0\s+27\.0$/),
      ]);
    await expect
      .poll(() => page.locator('#ranks tbody tr').allInnerTexts())
      .toEqual([
        expect.stringMatching(/^0\s+worker-0\s+host-of-worker-0\s+cpu/),
        expect.stringMatching(/^1\s+worker-1\s+host-of-worker-1\s+cpu/),
      ]);
    await workers[1]!.die();
    await page.locator('#marks li', { has: page.locator('.glyph.lost'), hasText: 'worker-1' }).waitFor();
    await page.locator('#marks li', { hasText: 'generation 2' }).waitFor();
    await page.locator('#log li.warn', { hasText: 'worker-1' }).first().waitFor();
    await page.locator('#workers', { hasText: /^1$/ }).waitFor();
    expect(watched.faults).toEqual([]);
  });

  it('draws a history of 10,000 steps, and follows it, in tasks of less than 100 ms', async () => {
    const rows = Array.from({ length: 10_000 }, (_, at) => JSON.stringify(row(at + 1)));
    for (let step = 500; step <= 10_000; step += 500)
      rows.push(JSON.stringify({ type: 'eval', step, top1: 0.5, top5: 0.1, loss: 0.7 }));
    await writeFile(join(scratch, 'metrics.jsonl'), rows.join('\n'));
    const { page: served, report, say } = await pageOf({ startStep: 10_000 });
    for (let line = 0; line < 1_000; line++) say(`line ${line}`);
    const longest = await longestTask(browser, async () => {
      const watched = await open(served.url);
      const { page } = watched;
      const labelOf = (chart: string) => () => page.locator(chart).getAttribute('aria-label');
      await expect.poll(labelOf('#chart-loss')).toContain('10000 points');
      await page.locator('#log li', { hasText: 'line 999' }).waitFor();
      await page.locator('#marks li', { hasText: 'generation 2 trained with 2 workers' }).waitFor();
      for (let step = 10_001; step <= 10_060; step++) {
        report(step);
        // As fast as the page is told of steps.
        if (step % 10 === 0) await expect.poll(labelOf('#chart-rate')).toContain(`${step} points`);
      }
      await page.locator('#range').selectOption('1000');
      await page.locator('#logarithmic').check();
      await page.locator('#log-text').fill('line 99');
      await expect.poll(() => page.locator('#log-count').innerText()).toBe('11 of 1,000 lines');
      expect(watched.faults).toEqual([]);
    });
    expect(longest).toBeLessThan(100);
  });

  it.each(['light', 'dark'] as const)('has no serious faults for assistive technology, %s', async (colorScheme) => {
    const { page: served, report, say } = await pageOf();
    const watched = await open(served.url, { colorScheme });
    const { page } = watched;
    for (let step = 1; step <= 30; step++) report(step);
    served.monitor.evaluated!({ type: 'eval', step: 20, top1: 0.25, top5: 0.01, loss: 0.5 });
    say('worker-1 joined', { event: 'worker.joined', step: 0 });
    for (const level of levels) say(`a line of ${level}`, { level, rank: 1, step: 3 });
    say('rank 1 (worker-1) on node-a is lost: it fell silent', {
      level: 'warn',
      event: 'worker.lost',
      step: 12,
      rank: 1,
    });
    say('generation 2: rank 0 = worker-0', { event: 'generation.formed', step: 12 });
    await page.locator('#marks li', { hasText: 'generation 2' }).waitFor();
    await page.locator('#breakdown tbody tr').first().waitFor();
    for (const details of ['#curve-table', '#samples']) await page.locator(`${details} > summary`).click();
    await page.locator('#curve-rows tr').first().waitFor();
    expect(await watched.seriousFindings()).toEqual([]);
    // The other one, by hand, and remembered.
    const other = colorScheme === 'light' ? 'dark' : 'light';
    const ground = () => page.evaluate<string>('getComputedStyle(document.body).backgroundColor');
    const before = await ground();
    await page.locator('#theme').selectOption(other);
    expect(await ground()).not.toBe(before);
    expect(await watched.seriousFindings()).toEqual([]);
    await page.reload();
    await page.locator('#connection[data-state="live"]').waitFor();
    expect([await ground(), await page.locator('#theme').inputValue()]).not.toContain(before);
    expect(watched.faults).toEqual([]);
  });

  it('is used by keys alone: charts read out, filters, and what opens', async () => {
    const { page: served, report, say } = await pageOf();
    const watched = await open(served.url);
    const { page } = watched;
    for (let step = 1; step <= 40; step++) report(step);
    say('rank 1 (worker-1) is lost', { level: 'warn', event: 'worker.lost', step: 39, rank: 1 });
    say('rank 0 is slow', { level: 'warn', event: 'worker.slow', rank: 0 });
    say('all is well', { process: 'worker-0', rank: 0 });
    await page.locator('#marks li', { hasText: 'worker-1' }).waitFor();
    await page.keyboard.press('Tab');
    expect(await focused(watched)).toMatchObject({ className: 'skip' });
    await page.keyboard.press('Enter');
    const order: string[] = [];
    for (let key = 0; key < 5; key++) {
      await page.keyboard.press('Tab');
      order.push((await focused(watched)).id);
    }
    expect(order).toEqual(['range', 'logarithmic', 'chart-loss', 'chart-error', 'chart-rate']);
    await page.locator('#chart-rate').focus();
    await page.keyboard.press('End');
    expect(await page.locator('#readout').innerText()).toMatch(/^Step 40: images\/s 805, smoothed over 30 80\d\.\d$/);
    await page.keyboard.press('ArrowLeft');
    expect(await page.locator('#readout').innerText()).toMatch(/^Step 39: .*\. rank 1 \(worker-1\) is lost$/);
    await page.keyboard.press('Home');
    expect(await page.locator('#readout').innerText()).toContain('Step 1:');
    await page.keyboard.press('Escape');
    expect(await page.locator('#readout').innerText()).toBe('');

    const seen = () => page.locator('#log li:not([hidden]) .message').allTextContents();
    await page.locator('#log-level').focus();
    await page.keyboard.type('warn');
    expect(await seen()).toEqual(['rank 1 (worker-1) is lost', 'rank 0 is slow']);
    await page.keyboard.press('Tab');
    await page.keyboard.type('rank 0');
    expect(await seen()).toEqual(['rank 0 is slow']);
    await page.locator('#log-level').selectOption('trace');
    expect(await seen()).toEqual(['rank 0 is slow', 'all is well']);
    await page.keyboard.press('Tab');
    await page.locator('#log-text').focus();
    await page.keyboard.type('WELL');
    expect(await seen()).toEqual(['all is well']);
    await page.locator('#curve-table > summary').focus();
    await page.keyboard.press('Enter');
    expect(await page.locator('#curve-rows th').first().innerText()).toBe('40');
    expect(watched.faults).toEqual([]);
  });

  it('finds the coordinator again, and lacks nothing then', async () => {
    const first = await pageOf();
    const watched = await open(first.page.url);
    const { page } = watched;
    for (let step = 1; step <= 3; step++) first.report(step);
    const { address } = first.page;
    const points = () => page.locator('#chart-rate').getAttribute('aria-label');
    await expect.poll(points).toContain('3 points');
    await first.close();
    await page.locator('#connection[data-state="lost"]').waitFor();
    await writeFile(join(scratch, 'metrics.jsonl'), [1, 2, 3, 4].map((step) => JSON.stringify(row(step))).join('\n'));
    const second = await pageOf({ listen: address, startStep: 4 });
    await page.locator('#connection[data-state="live"]').waitFor();
    second.report(5);
    await expect.poll(points).toContain('5 points');
    expect(watched.faults).toEqual([]);
  });

  it('lets who has the token in, by the password that browsers ask for', async () => {
    const token = 'a-token-that-nobody-guesses';
    const { page: served, report } = await pageOf({ security: { ...LOOPBACK_ONLY, token } });
    const watched = await open(served.url, { httpCredentials: { username: 'me', password: token } });
    report(1);
    await expect.poll(() => watched.page.locator('#chart-rate').getAttribute('aria-label')).toContain('1 points');
    const stranger = await browser.newContext({ httpCredentials: { username: 'me', password: 'another' } });
    releases.push(() => stranger.close());
    const refused = await (await stranger.newPage()).goto(served.url);
    expect(refused!.status()).toBe(401);
  });

  it('shows the coming step’s samples while they are looked at', async () => {
    const asked: number[] = [];
    const png = Buffer.from(
      'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
      'base64',
    );
    const { page: served } = await pageOf({
      samples: (step) => {
        asked.push(step);
        return Promise.resolve({ title: `Step ${step} (epoch 1): 8 samples`, png });
      },
    });
    const watched = await open(served.url);
    const { page } = watched;
    await page.locator('#ranks tbody tr').first().waitFor();
    expect(asked).toEqual([]);
    await page.locator('#samples > summary').click();
    await page.locator('#sheet').waitFor();
    expect(await page.locator('#sheet').getAttribute('alt')).toContain('Step 4 (epoch 1): 8 samples');
    expect(asked).toEqual([4]);
    expect(watched.faults).toEqual([]);
  });
});

function focused({ page }: WatchedPage): Promise<{ id: string; className: string }> {
  return page.evaluate('({ id: document.activeElement.id, className: document.activeElement.className })');
}
