import { describe, expect, test } from 'vitest';
import type { PastScrape } from '../../../src/model/scrape-history.js';
import { renderStatusPage, type StatusFacts } from '../../../src/server/pages/status-page.js';
import { readView } from '../../../src/server/pages/target-rows.js';

const facts: StatusFacts = {
  version: '1.2.3',
  targets: [],
  histories: [],
  modules: [],
  warnings: [],
  settings: 'module: zot\n',
  lastReload: { atMs: 0, isSuccessful: true },
  offersLogin: false,
  lifecycle: false,
  links: [['/-/metrics', 'metrics']],
  prefix: '',
  nowMs: 60_000,
};
const everything = readView(new URLSearchParams());

function name(target: string) {
  const path = `?target=${encodeURIComponent(target)}`;
  return {
    target,
    module: 'm',
    url: `http://${target}/`,
    metricsPath: `/probe${path}`,
    scrapePath: `/-/scrape${path}`,
  };
}

function fail(message: string, endedMs = 50_000): PastScrape {
  return {
    endedMs,
    up: false,
    reason: 'connect',
    message,
    statusCode: 0,
    durationSeconds: 0.25,
    samples: 4,
    dropped: 2,
  };
}

function remember(target: string, scrapes: readonly PastScrape[]) {
  return { target, module: 'm', isConfigured: true, scrapes, passThrough: undefined };
}

describe('the status page', () => {
  test('shows of each target its state, reason, age, duration, samples, drops and last scrapes', () => {
    const scrapes = [{ ...fail(''), up: true, reason: undefined }, fail('connection refused')];
    const page = renderStatusPage({ ...facts, targets: [name('a')], histories: [remember('a', scrapes)] }, everything);
    expect(page).toContain('<span class="down">down</span>');
    expect(page).toContain('<strong>connect</strong> connection refused');
    expect(page).toContain('>10 s ago</time>');
    for (const cell of ['Duration">0.250 s', 'Samples">4', 'Drops">2']) expect(page).toContain(`${cell}</td>`);
    expect(page).toContain('aria-label="2 scrapes, 1 up"');
    expect(page).toContain('<form method="post" action="/-/scrape?target=a">');
    expect(page).toContain('<title>zxp: 1 down</title>');
  });

  test('shows of scrapes with callers’ credentials only that there were some', () => {
    const passThrough = { count: 7, lastMs: 55_000 };
    const histories = [
      { ...remember('a', []), passThrough },
      { ...remember('http://private.example/', []), passThrough: { count: 2, lastMs: 0 } },
    ];
    const page = renderStatusPage({ ...facts, targets: [name('a')], histories }, everything);
    expect(page).toContain("7 scrapes with callers' credentials, the last 5.0 s ago");
    expect(page).toContain("And 2 scrapes of other targets, with callers' credentials, the last 1 min ago.");
    expect(page).not.toContain('private.example');
  });

  test('leaves every text inert, wherever it comes from', () => {
    const evil = `"><img src=x onerror='alert(1)'></pre></title><script>alert(1)</script>&`;
    const page = renderStatusPage(
      {
        ...facts,
        version: evil,
        settings: evil,
        targets: [{ ...name(evil), url: evil, metricsPath: evil, scrapePath: evil, module: evil }],
        histories: [
          { ...remember(evil, [fail(evil)]), module: evil },
          { ...remember(evil, [fail(evil)]), module: 'another' },
        ],
        modules: [{ name: evil, credentials: evil }],
        warnings: [{ where: evil, message: evil, hint: evil }],
        links: [[evil, evil]],
        prefix: evil,
        offersLogin: true,
        lifecycle: true,
      },
      { ...everything, search: evil },
    );
    expect(page).not.toMatch(/<img|<script|<\/pre>"|'alert/);
    // No element has an attribute that is not one of the page's own.
    const tags = [...page.matchAll(/<[a-z][^<>]*>/g)].map(([tag]) => tag.replace(/"[^"]*"/g, '""'));
    expect(tags.length).toBeGreaterThan(50);
    expect(tags.filter((tag) => /\s(on\w+|style|src)\b/.test(tag))).toEqual([]);
  });

  test('with 1,000 targets is under 100 KB with its stylesheet, and has search, states, sorting and pages', async () => {
    const { STYLE } = await import('../../../src/server/pages/style.js');
    const targets = Array.from({ length: 1000 }, (_, i) => name(`target-${i}.namespace.svc.cluster.local`));
    const scrapes = Array.from({ length: 20 }, (_, i) => ({
      ...fail('connect ECONNREFUSED 10.0.0.1:8080'),
      up: i % 2 === 0,
    }));
    const histories = targets.map(({ target }) => remember(target, scrapes));
    const page = renderStatusPage({ ...facts, targets, histories }, { ...everything, page: 2, sort: 'age' });
    expect(Buffer.byteLength(page + STYLE)).toBeLessThan(100_000);
    expect(page.match(/<tr>/g)).toHaveLength(51);
    expect(page).toContain('Page 2 of 20, 1000 targets');
    expect(page).toContain('href="/?sort=age&amp;page=3">Next');
    expect(page).toContain('href="/?sort=age&amp;order=desc"');
    expect(page).toContain('aria-sort="ascending"');
    expect(page).toContain('<input type="hidden" name="sort" value="age">');
  });

  test('says that the last reload failed, and shows warnings, settings and credentials', () => {
    const page = renderStatusPage(
      {
        ...facts,
        lastReload: { atMs: 30_000, isSuccessful: false },
        warnings: [{ where: 'zxp.yml:1:1', message: 'is odd', hint: 'mend it' }],
        modules: [{ name: 'stock', credentials: 'Targets get none.' }],
      },
      everything,
    );
    expect(page).toContain('Not valid');
    expect(page).toContain('<li>zxp.yml:1:1 is odd: mend it</li>');
    expect(page).toContain('<dt>stock</dt><dd>Targets get none.</dd>');
    expect(page).toContain('<pre tabindex="0">module: zot\n</pre>');
  });

  test('lists a thousand warnings and modules in part, and says so', () => {
    const warnings = Array.from({ length: 1000 }, (_, i) => ({ where: `w${i}`, message: 'm' }));
    const page = renderStatusPage({ ...facts, warnings }, everything);
    expect(page.match(/<li>/g)).toHaveLength(50);
    expect(page).toContain('950 more are not shown.');
  });
});
