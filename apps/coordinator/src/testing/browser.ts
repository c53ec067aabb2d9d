import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome', '/snap/bin/chromium'];

/** The Chromium of this machine; undefined: there is none. TANDEM_CHROMIUM names another. */
export const chromiumPath = [process.env['TANDEM_CHROMIUM'], ...places].find(
  (path) => path !== undefined && existsSync(path),
);

export function launchChromium(): Promise<Browser> {
  return chromium.launch({
    ...(chromiumPath !== undefined && { executablePath: chromiumPath }),
    args: [
      ...['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
      ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
    ],
  });
}

/** Set on every page of a test, to tell its thread in a trace. */
const PAGE_MARK = 'a page of a test';

interface TraceEvent {
  readonly name: string;
  readonly pid: number;
  readonly tid: number;
  /** Processor time of the thread, in microseconds. */
  readonly tdur?: number;
}

/**
 * The longest task on the main thread of a test's pages while `work` goes on, in milliseconds of processor time: on a crowded machine a
 * task takes longer by the clock, of which `PerformanceObserver` tells, and that says nothing of the page.
 */
export async function longestTask(browser: Browser, work: () => Promise<void>): Promise<number> {
  await browser.startTracing(undefined, { categories: ['toplevel', 'blink.user_timing'] });
  let trace: Buffer;
  try {
    await work();
  } finally {
    trace = await browser.stopTracing();
  }
  const { traceEvents } = JSON.parse(trace.toString('utf8')) as { traceEvents: readonly TraceEvent[] };
  const thread = ({ pid, tid }: TraceEvent) => `${pid} ${tid}`;
  // Chromium has pages of its own.
  const main = new Set(traceEvents.filter(({ name }) => name === PAGE_MARK).map(thread));
  const tasks = traceEvents.filter(
    (event) => event.name === 'ThreadControllerImpl::RunTask' && main.has(thread(event)),
  );
  if (tasks.length === 0) throw new Error('Chromium traced no tasks');
  return Math.max(...tasks.map(({ tdur = 0 }) => tdur)) / 1_000;
}

/** A page that fails a test by what goes wrong in it: errors, refused loads, and requests to anywhere else. */
export class WatchedPage {
  readonly faults: string[] = [];

  private constructor(readonly page: Page) {}

  static async open(browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<WatchedPage> {
    const context = await browser.newContext(options);
    const watched = new WatchedPage(await context.newPage());
    const { page, faults } = watched;
    page.on('pageerror', (error) => faults.push(error.stack ?? error.message));
    page.on('console', (message) => {
      // Of a coordinator that is away, which is for the page to say.
      if (message.type() === 'error' && !/ERR_|40[13]/.test(message.text())) faults.push(message.text());
    });
    const { origin } = new URL(url);
    page.on('request', (request) => {
      if (!request.url().startsWith(origin) && !request.url().startsWith('blob:'))
        faults.push(`asked ${request.url()}`);
    });
    await page.addInitScript({ content: `performance.mark('${PAGE_MARK}')` });
    await page.goto(url);
    return watched;
  }

  /** What axe finds of serious and critical, as "rule: element". */
  async seriousFindings(): Promise<string[]> {
    const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
    await this.page.evaluate(readFileSync(axe, 'utf8'));
    const { violations } = await this.page.evaluate<AxeResults>('axe.run()');
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
  }

  async close(): Promise<void> {
    await this.page.context().close();
  }
}

interface AxeResults {
  readonly violations: { readonly id: string; readonly impact: string; readonly nodes: { readonly html: string }[] }[];
}
