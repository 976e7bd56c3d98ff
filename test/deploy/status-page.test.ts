import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { describe, expect } from 'vitest';
import { basic } from '../support/ask.js';
import { forThisTest } from '../support/for-this-test.js';
import { findProgram, testWith } from '../support/programs.js';
import { startGuardedZxp } from '../support/protected-zxp.js';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** The longest page there is: an upstream, modules, targets with names that no line holds, the reload, a door. */
const everything = {
  config: JSON.stringify({
    upstream: 'http://a-registry-with-a-rather-long-name.in-a-namespace.svc.cluster.local:8080',
    targets: [
      { name: 'north', url: 'http://north.example/stock', module: 'stock' },
      { name: 'a target '.repeat(12).trim(), url: 'http://south.example/stock', module: 'stock' },
      { name: 'without_a_gap_'.repeat(12), url: 'http://east.example/stock', module: 'stock' },
    ],
    modules: {
      stock: { metrics: [{ name: 'stock_items', path: '{.items}' }] },
      another_module_with_a_name_that_goes_on_and_on_and_on_for_longer_than_a_line_of_a_telephone: {
        metrics: [{ name: 'prices', path: '{.price}' }],
      },
    },
  }),
  web: 'basic_auth_users: { alice: $2b$04$g/a0Z6GSKeNrd3F1Vs7a9ekKEduu3/tI.NFHEqX5rrbuihO7l3yJe }\n',
  flags: { 'web.enable-lifecycle': 'true' },
};

/** The page as somebody sees it who has the password. */
async function openPage(seen: BrowserContextOptions = {}): Promise<Page> {
  const zxp = await startGuardedZxp(everything);
  const browser = forThisTest(await chromium.launch({ executablePath: findProgram('chromium') ?? '' }));
  const page = await browser.newPage({ ...seen, extraHTTPHeaders: basic('alice', 'wonderland') });
  expect((await page.goto(zxp.url))?.status()).toBe(200);
  return page;
}

/** The names of the rules by what axe says of them. */
async function askAxe(page: Page): Promise<{ violations: string[]; incomplete: string[]; passes: string[] }> {
  await page.evaluate(axe);
  return await page.evaluate(`axe.run().then((report) => Object.fromEntries(
    ['violations', 'incomplete', 'passes'].map((kind) => [kind, report[kind].map((rule) => rule.id)])))`);
}

describe('the status page in a browser', () => {
  const looks = {
    'light and wide': { colorScheme: 'light', viewport: { width: 1280, height: 800 } },
    'dark and wide': { colorScheme: 'dark', viewport: { width: 1280, height: 800 } },
    'light and 375 px wide': { colorScheme: 'light', viewport: { width: 375, height: 667 } },
    'dark and 375 px wide': { colorScheme: 'dark', viewport: { width: 375, height: 667 } },
  } as const;

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

  testWith('chromium', 'has every link on the keyboard, in order, and shows which one it is at', async () => {
    const page = await openPage();
    const links = await page.locator('a').count();
    const reached: string[] = [];
    for (let presses = 0; presses < links; presses += 1) {
      await page.keyboard.press('Tab');
      reached.push(await page.evaluate('document.activeElement.textContent'));
      expect(await page.evaluate('getComputedStyle(document.activeElement).outlineStyle')).toBe('auto');
    }
    expect(reached).toEqual(await page.locator('a').allTextContents());
    expect(reached).toContain('/probe?target=north');
  });

  testWith('chromium', 'opens what a link says when Enter is pressed on it', async () => {
    const page = await openPage();
    await page.locator('a[href="/-/healthy"]').focus();
    await page.keyboard.press('Enter');
    await page.waitForURL('**/-/healthy');
    expect(await page.locator('body').innerText()).toBe('ok\n');
  });
});
