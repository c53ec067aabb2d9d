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

/** The page's own code, as text: this project knows no types of browsers. */
const LONG_TASKS = `
  globalThis.longTasks = [];
  new PerformanceObserver((list) => longTasks.push(...list.getEntries().map(({ duration }) => duration)))
    .observe({ type: 'longtask', buffered: true });
`;

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
      if (!request.url().startsWith(origin) && !request.url().startsWith('blob:')) faults.push(`asked ${request.url()}`);
    });
    await page.addInitScript({ content: LONG_TASKS });
    await page.goto(url);
    return watched;
  }

  /** Of tasks that kept the page from answering for more than 50 ms, so far; milliseconds. */
  longTasks(): Promise<number[]> {
    return this.page.evaluate('longTasks');
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
