import { type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { describe, expect } from 'vitest';
import { type DaemonOptions, startDaemon } from '../support/daemon.js';
import { startStubUpstream } from '../support/fake-upstream.js';
import { forThisTest } from '../support/for-this-test.js';
import { findProgram, testWith } from '../support/programs.js';
import { askAxe, looks } from './axe.js';

const open: DaemonOptions = { flags: { upstream: 'http://127.0.0.1:9' } };

const wrong = `metrics:
  - name: stock_items
    type: objekt
    path: '{.items[*]}'
    value: '{.count}'
`;

interface Visit {
  readonly page: Page;
  readonly url: string;
  /** Paths that the browser requested. */
  readonly requests: readonly string[];
  /** What it wrote to its console: breaches of the policy, errors of the script. */
  readonly complaints: readonly string[];
}

async function openBrowser() {
  return forThisTest(await chromium.launch({ executablePath: findProgram('chromium') ?? '' }));
}

/** The playground as a reader sees it once the first evaluation is there. */
async function visit(seen: BrowserContextOptions = {}, options: DaemonOptions = open): Promise<Visit> {
  const zxp = await startDaemon(options);
  const page = await (await (await openBrowser()).newContext(seen)).newPage();
  const [requests, complaints]: [string[], string[]] = [[], []];
  page.on('request', (request) => requests.push(request.url().replace(zxp.url, '')));
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.goto(`${zxp.url}/playground`);
  if (seen.javaScriptEnabled !== false) await page.getByText('target_up 1', { exact: true }).waitFor();
  return { page, url: zxp.url, requests, complaints };
}

describe('the playground in a browser', () => {
  for (const [name, look] of Object.entries(looks)) {
    testWith(
      'chromium',
      `${name}, gives axe nothing to mend, with results, problems and suggestions, and fits the screen`,
      async () => {
        const { page } = await visit(look);
        const check = async () => {
          const { violations, passes } = await askAxe(page);
          expect(violations).toEqual([]);
          expect(passes).toEqual(expect.arrayContaining(['color-contrast', 'label', 'landmark-one-main']));
          expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(look.viewport.width);
        };
        await check();
        await page.getByRole('textbox', { name: 'Mapping' }).fill(wrong);
        await page.getByRole('heading', { name: 'Problems' }).waitFor();
        await check();
        await page.getByRole('textbox', { name: 'Mapping' }).press('Control+End');
        await page.keyboard.press('Control+Space');
        await page.getByRole('listbox', { name: 'Suggestions' }).waitFor();
        await check();
      },
    );
  }

  testWith(
    'chromium',
    'requests nothing elsewhere, stays under 150 KB, and breaks no rule of its own policy',
    async () => {
      const { page, requests, complaints } = await visit();
      await page.getByRole('textbox', { name: 'Mapping' }).fill(wrong);
      await page.getByRole('heading', { name: 'Problems' }).waitFor();
      expect(complaints).toEqual([]);
      expect([...new Set(requests)].sort()).toEqual([
        '/-/style.css',
        '/playground',
        '/playground/evaluate',
        '/playground/schema.json',
        '/playground/script.js',
        '/playground/style.css',
      ]);
      const sizes: number = await page.evaluate(`Promise.all(['/playground', '/-/style.css', '/playground/style.css',
      '/playground/script.js', '/playground/schema.json'].map(async (path) => (await (await fetch(path)).blob()).size))
      .then((all) => all.reduce((sum, each) => sum + each))`);
      expect(sizes).toBeLessThan(150_000);
    },
  );

  testWith(
    'chromium',
    'evaluates as somebody types, marks the line, tells it to screen readers, and leads to the place',
    async () => {
      const { page } = await visit();
      const mapping = page.getByRole('textbox', { name: 'Mapping' });
      await mapping.fill(wrong);
      await page.getByRole('link', { name: 'line 3, column 5' }).waitFor();
      expect(await page.locator('#summary').innerText()).toBe('The mapping is not valid: 2 errors.');
      expect(await page.locator('.marks .error').count()).toBe(2);
      await page.getByRole('link', { name: 'line 3, column 5' }).press('Enter');
      expect(await page.evaluate('[document.activeElement.id, document.activeElement.selectionStart]')).toEqual([
        'mapping',
        wrong.indexOf('type: objekt'),
      ]);
      await mapping.fill(wrong.replace('objekt', 'object'));
      await page.getByText('stock_items 18').waitFor();
      await page.getByRole('textbox', { name: 'Document' }).fill('{"items": [{"count": 5}]}');
      await page.getByText('stock_items 5').waitFor();
      expect(await page.locator('.marks .error').count()).toBe(0);
    },
  );

  testWith('chromium', 'completes keys and values by keyboard, says what they mean, and lets Tab leave', async () => {
    const { page } = await visit();
    const mapping = page.getByRole('textbox', { name: 'Mapping' });
    await mapping.fill('');
    await mapping.pressSequentially('met');
    const active = () =>
      page.evaluate(
        'document.getElementById(document.activeElement.getAttribute("aria-activedescendant"))?.textContent',
      );
    await page.getByRole('option', { name: 'metrics', exact: true }).waitFor();
    expect(await active()).toBe('metrics');
    await page.keyboard.press('Enter');
    expect(await mapping.inputValue()).toBe('metrics: ');
    await page.keyboard.press('Enter');
    await mapping.pressSequentially('- name: stock');
    await page.keyboard.press('Enter');
    await mapping.pressSequentially('ty');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Control+Space');
    await page.getByRole('option', { name: 'object' }).waitFor();
    expect(await page.locator('#key-help').innerText()).toMatch(/^type value: one number/);
    await page.keyboard.press('ArrowDown');
    expect(await active()).toBe('object');
    await page.keyboard.press('Escape');
    expect(await page.getByRole('listbox').count()).toBe(0);
    await page.keyboard.press('Control+Space');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    expect(await mapping.inputValue()).toBe('metrics: \n  - name: stock\n    type: object');
    await page.keyboard.press('Control+z');
    expect(await mapping.inputValue()).toBe('metrics: \n  - name: stock\n    type: ');
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.id')).toBe('format');
  });

  testWith('chromium', 'requests the upstream by its button, and shows why another target is refused', async () => {
    const upstream = forThisTest(
      await startStubUpstream((_request, response) => response.end('{"items": [{"sku": "SOFA", "count": 3}]}')),
    );
    const { page } = await visit({}, { flags: { upstream: upstream.url } });
    await page.getByRole('button', { name: 'Request now' }).press('Enter');
    await page.getByText('sku="SOFA"').waitFor();
    await page.getByRole('combobox', { name: 'Target' }).fill('http://elsewhere.example/');
    await page.getByRole('button', { name: 'Request now' }).press('Enter');
    await page.getByText('may not request this target').waitFor();
    expect(upstream.arrived).toBe(1);
  });

  testWith(
    'chromium',
    'makes a link that brings document and mapping back, has no credentials, and is sent to no server',
    async () => {
      const { page, requests } = await visit();
      const secret = 'canary-s3cr3t';
      const mapping = wrong.replace('objekt', 'object');
      await page.getByRole('textbox', { name: 'Mapping' }).fill(`headers: { X-Key: ${secret} }\n${mapping}`);
      await page.getByRole('textbox', { name: 'Document' }).fill(`{"items": [{"count": 77}], "token": "${secret}"}`);
      await page.getByText('stock_items 77').waitFor();
      await page.getByRole('button', { name: 'Link to this' }).press('Enter');
      await page.getByText('Not in the link: headers, values of "token".').waitFor();
      const link = await page.locator('#link-text').inputValue();
      const other = await page.context().newPage();
      const sent: string[] = [];
      other.on('request', (request) => sent.push(`${request.url()} ${request.postData() ?? ''}`));
      await other.goto(link);
      await other.getByText('stock_items 77').waitFor();
      expect(await other.locator('#mapping').inputValue()).toBe(mapping);
      expect(await other.locator('#document').inputValue()).toContain('"token": "<secret>"');
      expect(sent.join('\n')).not.toContain(secret);
      expect([...requests, ...sent].join('\n')).not.toContain(new URL(link).hash.slice(1, 40));
    },
  );

  testWith('chromium', 'proposes a mapping by its button, which undo takes back', async () => {
    const { page } = await visit();
    const mapping = page.getByRole('textbox', { name: 'Mapping' });
    const before = await mapping.inputValue();
    await page.getByRole('textbox', { name: 'named' }).fill('shop');
    await page.getByRole('button', { name: 'Propose from the document' }).press('Enter');
    await page.getByText('Proposed; undo brings the mapping back.').waitFor();
    await page
      .locator('pre', { hasText: /^shop_.*sku="LAMP".* 18$/m })
      .first()
      .waitFor();
    await mapping.press('Control+z');
    expect(await mapping.inputValue()).toBe(before);
    await page.getByRole('textbox', { name: 'Document' }).fill('{');
    await page.getByRole('button', { name: 'Propose from the document' }).press('Enter');
    await page.getByText('error: the response is not JSON').waitFor();
  });

  testWith('chromium', 'ignores a link that is damaged, or becomes too large', async () => {
    const { page, url, complaints } = await visit();
    const bomb: string = await page.evaluate(`new Response(new Blob([new Uint8Array(20_000_000)]).stream()
      .pipeThrough(new CompressionStream('deflate-raw'))).arrayBuffer()
      .then((bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes))).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', ''))`);
    for (const state of ['AAAA', bomb, 'x'.repeat(40_000)]) {
      await page.goto('about:blank');
      await page.goto(`${url}/playground#s=${state}`);
      await page.getByText('target_up 1', { exact: true }).waitFor();
      expect(await page.locator('#mapping').inputValue()).toContain('stock_items');
    }
    expect(complaints).toEqual([]);
  });

  testWith('chromium', 'says why nothing is evaluated', async () => {
    const { page } = await visit();
    await page.getByRole('textbox', { name: 'Document' }).fill(`"${'x'.repeat(1_100_000)}"`);
    await page.locator('#results', { hasText: 'error: the document is larger than 1048576 bytes' }).waitFor();
    expect(await page.locator('#summary').innerText()).toContain('zxp scrape FILE takes larger ones');
  });

  testWith('chromium', 'shows hostile texts as texts', async () => {
    const { page, complaints } = await visit();
    const evil = '<img src=x onerror=document.title=1><script>document.title=2</script>';
    await page.getByRole('textbox', { name: 'Document' }).fill(JSON.stringify({ [evil]: evil }));
    const mapping = { metrics: [{ name: 'a', path: '{.b}', help: evil, labels: { [evil]: evil } }], [evil]: 1 };
    await page.getByRole('textbox', { name: 'Mapping' }).fill(JSON.stringify(mapping));
    await page.getByRole('heading', { name: 'Problems' }).waitFor();
    await page.getByRole('textbox', { name: 'Mapping' }).fill(
      JSON.stringify({
        metrics: mapping.metrics.map(({ labels: _, ...rest }) => ({ ...rest, path: `$['${evil}']` })),
      }),
    );
    await page.getByText('What each path matched').waitFor();
    expect([await page.title(), await page.locator('img').count(), complaints]).toEqual(['zxp: playground', 0, []]);
  });

  testWith('chromium', 'works without JavaScript by its button', async () => {
    const { page } = await visit({ javaScriptEnabled: false });
    expect(await page.getByRole('button').allInnerTexts()).toEqual(['Evaluate']);
    await page.getByRole('textbox', { name: 'Mapping' }).fill(wrong);
    await page.getByRole('button', { name: 'Evaluate' }).press('Enter');
    expect(await page.getByRole('link', { name: 'line 3, column 5' }).count()).toBe(1);
    expect(await page.getByRole('textbox', { name: 'Mapping' }).inputValue()).toBe(wrong);
  });
});
