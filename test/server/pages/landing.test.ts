import { describe, expect, test } from 'vitest';
import { renderLanding } from '../../../src/server/pages/landing.js';

const facts = {
  version: '1.2.3',
  upstream: 'http://registry:8080/metrics',
  module: 'zot',
  passesCredentials: true,
  modules: [],
  targets: [],
  telemetryPath: '/metrics',
  lifecycle: false,
  prefix: '',
};

describe('the landing page', () => {
  test('says what is exported, through which module, and the version', () => {
    const page = renderLanding(facts);
    expect(page).toContain('http://registry:8080/metrics');
    expect(page).toContain('<strong>zot</strong>');
    expect(page).toContain('1.2.3');
  });

  test('escapes whatever comes from the configuration', () => {
    const evil = `"><img src=x onerror='alert(1)'>&`;
    const page = renderLanding({
      version: evil,
      upstream: evil,
      module: evil,
      passesCredentials: true,
      modules: [evil],
      targets: [evil],
      telemetryPath: evil,
      lifecycle: true,
      prefix: '',
    });
    expect(page).not.toContain('<img');
    expect(page).not.toContain(`'alert`);
    expect(page).toContain('&quot;&gt;&lt;img src=x onerror=&#39;alert(1)&#39;&gt;&amp;');
  });

  test('has no script, no event handler and nothing from another site', () => {
    const page = renderLanding({ ...facts, lifecycle: true });
    expect(page).not.toMatch(/<script|\son\w+=|javascript:|src=|@import|url\(/i);
    expect([...page.matchAll(/href="([^"]*)"/g)].map(([, href]) => href)).toEqual(
      expect.not.arrayContaining([expect.stringMatching(/^(\w+:|\/\/)/)]),
    );
  });

  test('without an upstream, names the modules and links every target', () => {
    const page = renderLanding({ ...facts, upstream: undefined, modules: ['shop'], targets: ['north 1'] });
    expect(page).not.toContain('href="/metrics"');
    expect(page).toContain('<strong>shop</strong>');
    expect(page).toContain('href="/probe?target=north%201"');
    expect(page).toContain('href="/-/targets"');
  });

  test('says that credentials are passed on only where they are', () => {
    expect(renderLanding(facts)).toContain("scraper's credentials are forwarded");
    expect(renderLanding({ ...facts, passesCredentials: false })).not.toContain("scraper's credentials are forwarded");
  });

  test('speaks of the reload where it is served, and only there', () => {
    expect(renderLanding({ ...facts, lifecycle: true })).toContain('POST /-/reload');
    expect(renderLanding(facts)).not.toContain('/-/reload');
  });
});
