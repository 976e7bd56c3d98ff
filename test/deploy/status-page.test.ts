import { type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { describe, expect } from 'vitest';
import { bearer } from '../support/ask.js';
import { type DaemonOptions, startDaemon } from '../support/daemon.js';
import { forThisTest } from '../support/for-this-test.js';
import { findProgram, testWith } from '../support/programs.js';
import { askAxe, looks } from './axe.js';

/** The longest page there is: an upstream, modules, targets with names that no line holds, the reload, access control. */
const everything = {
  config: JSON.stringify({
    upstream: 'http://a-registry-with-a-rather-long-name.in-a-namespace.svc.cluster.local:8080',
    targets: [
      { name: 'north', url: 'http://127.0.0.1:9/stock', module: 'stock' },
      { name: 'a target '.repeat(12).trim(), url: 'http://south.example/stock', module: 'stock' },
      { name: 'without_a_gap_'.repeat(12), url: 'http://127.0.0.1:9/east', module: 'stock' },
    ],
    modules: {
      stock: { metrics: [{ name: 'stock_items', path: '{.items}' }] },
      another_module_with_a_name_that_goes_on_and_on_and_on_for_longer_than_a_line_of_a_telephone: {
        metrics: [{ name: 'prices', path: '{.price}' }],
      },
    },
  }),
  web: 'bearer_tokens_file: tokens\n',
  files: { tokens: 'reader\n' },
  flags: { 'web.enable-lifecycle': 'true' },
};

/** The page as somebody sees it who has a token, after a scrape of each target that is named. */
async function openPage(seen: BrowserContextOptions = {}, options: DaemonOptions = everything): Promise<Page> {
  const zxp = await startDaemon(options);
  const headers = bearer('reader');
  for (const target of ['north', 'without_a_gap_'.repeat(12)]) await zxp.ask(`/probe?target=${target}`, { headers });
  const browser = forThisTest(await chromium.launch({ executablePath: findProgram('chromium') ?? '' }));
  const page = await browser.newPage({ ...seen, extraHTTPHeaders: headers });
  expect((await page.goto(zxp.url))?.status()).toBe(200);
  return page;
}

describe('the status page in a browser', () => {
  for (const [name, look] of Object.entries(looks)) {
    testWith('chromium', `${name}, gives axe nothing to mend and nothing to doubt, and fits the screen`, async () => {
      const page = await openPage(look);
      const { passes, ...doubts } = await askAxe(page);
      expect(doubts).toEqual({ violations: [], incomplete: [] });
      expect(passes).toEqual(expect.arrayContaining(['color-contrast', 'landmark-one-main', 'link-name']));
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(look.viewport.width);
    });
  }

  testWith('chromium', 'is light on dark where the reader wants that', async () => {
    const page = await openPage({ colorScheme: 'dark' });
    expect(await page.evaluate('getComputedStyle(document.body).color')).toBe('rgb(255, 255, 255)');
  });

  testWith(
    'chromium',
    'has every link, field and button on the keyboard, in order, and shows which one it is at',
    async () => {
      const page = await openPage();
      const selector = 'a, input:not([type=hidden]), select, button, summary, div[tabindex]';
      const expected: string[] = await page.evaluate(
        `[...document.querySelectorAll('${selector}')].map((stop) => stop.tagName + stop.textContent)`,
      );
      const reached: string[] = [];
      for (let presses = 0; presses < expected.length; presses += 1) {
        await page.keyboard.press('Tab');
        reached.push(await page.evaluate('document.activeElement.tagName + document.activeElement.textContent'));
        expect(await page.evaluate('getComputedStyle(document.activeElement).outlineStyle')).toBe('auto');
      }
      expect(reached).toEqual(expected);
      expect(reached).toEqual(expect.arrayContaining(['Anorth', 'BUTTONScrape', 'BUTTONReload']));
    },
  );

  testWith('chromium', 'loads its stylesheet and nothing else, and breaks no rule of its own policy', async () => {
    const zxp = await startDaemon({ flags: { upstream: 'http://127.0.0.1:9' } });
    const browser = forThisTest(await chromium.launch({ executablePath: findProgram('chromium') ?? '' }));
    const page = await browser.newPage();
    const [requests, complaints]: [string[], string[]] = [[], []];
    page.on('request', (request) => requests.push(request.url().slice(zxp.url.length)));
    page.on('console', (message) => complaints.push(message.text()));
    await page.goto(zxp.url, { waitUntil: 'networkidle' });
    expect([requests, complaints]).toEqual([['/', '/-/style.css'], []]);
  });

  testWith('chromium', 'scrapes a target by its button, and shows what it did', async () => {
    const zxp = await startDaemon({ flags: { upstream: 'http://127.0.0.1:9' } });
    const browser = forThisTest(await chromium.launch({ executablePath: findProgram('chromium') ?? '' }));
    const page = await browser.newPage();
    await page.goto(zxp.url);
    await page.getByRole('button', { name: 'Scrape upstream now' }).press('Enter');
    await page.waitForURL('**/-/scrape?debug=true');
    expect(await page.locator('body').innerText()).toMatch(/^scrape \S+\n/);
    await page.goto(`${zxp.url}/?q=upstream&state=down`);
    expect(await page.locator('tbody tr').count()).toBe(1);
    expect(await page.getByRole('img', { name: '1 scrape, 0 up' }).count()).toBe(1);
  });

  testWith('chromium', 'with 1,000 targets is searched, sorted and turned by keyboard', async () => {
    const targets = Array.from({ length: 1000 }, (_, i) => ({
      name: `target ${String(i).padStart(4, '0')}`,
      url: `http://target-${i}.example/stock`,
      module: 'stock',
    }));
    const modules = { stock: { metrics: [{ name: 'stock_items', path: '{.items}' }] } };
    const page = await openPage({}, { ...everything, config: JSON.stringify({ targets, modules }) });
    expect(await page.locator('tbody tr').count()).toBe(50);
    await page.getByRole('link', { name: 'Next' }).press('Enter');
    await page.waitForURL('**/?page=2');
    await page.getByRole('link', { name: 'Target', exact: true }).press('Enter');
    await page.waitForURL('**/?sort=target');
    expect(await page.locator('th[aria-sort=ascending]').innerText()).toContain('Target');
    await page.getByRole('searchbox').fill('target 0999');
    await page.keyboard.press('Enter');
    await page.waitForURL('**/?q=target+0999**');
    expect(await page.locator('tbody tr').count()).toBe(1);
    const { passes, ...doubts } = await askAxe(page);
    expect([doubts, passes.includes('label')]).toEqual([{ violations: [], incomplete: [] }, true]);
  });

  testWith('chromium', 'opens what a link says when Enter is pressed on it', async () => {
    const page = await openPage();
    await page.locator('a[href="/-/healthy"]').focus();
    await page.keyboard.press('Enter');
    await page.waitForURL('**/-/healthy');
    expect(await page.locator('body').innerText()).toBe('ok\n');
  });
});
