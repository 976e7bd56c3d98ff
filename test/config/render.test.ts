import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Configuration, loadConfiguration } from '../../src/config/load.js';
import { renderConfiguration } from '../../src/config/render.js';
import { settingRows } from '../../src/config/settings.js';
import { parseConfigFile } from '../support/read-config.js';
import { samplesFor } from '../support/setting-samples.js';
import { readDoorOf } from '../support/web-config-reader.js';

const reread = (configuration: Configuration) =>
  loadConfiguration({
    flags: new Map(),
    environment: {},
    file: parseConfigFile('zxp.yml', renderConfiguration(configuration)),
    readWebConfig: readDoorOf(''),
  });

/** What needs a file, or goes with some others only. */
const EXCLUDED = ['config.file', 'upstream.ca-file', 'web.config.file', 'web.auth.mode'];

/** Any settings together that may be together. */
const flags = fc
  .tuple(
    ...settingRows
      .filter((row) => !EXCLUDED.includes(row.name))
      .map((row) => fc.option(fc.constantFrom(...samplesFor(row)).map(({ text }) => [row.name, [text]] as const))),
  )
  .map((entries) => new Map(entries.filter((entry) => entry !== null)));

test('the active configuration as it is shown is a file that gives that configuration', () => {
  fc.assert(
    fc.property(flags, (given) => {
      const { upstream, ...rest } = loadConfiguration({ flags: given, environment: {}, readWebConfig: readDoorOf('') });
      const again = reread({ upstream, ...rest });
      expect(again.upstream.url?.href).toBe(upstream.url?.href);
      expect({ ...again, file: undefined, upstream: undefined }).toEqual({
        ...rest,
        file: undefined,
        upstream: undefined,
      });
    }),
  );
});

test('durations and sizes are shown as people write them', () => {
  const given = new Map([
    ['scrape.timeout', ['90s']],
    ['scrape.timeout-offset', ['1500ms']],
    ['limits.body-size', ['1000']],
  ]);
  const text = renderConfiguration(loadConfiguration({ flags: given, environment: {} }));
  expect(text).toMatch(/ timeout: 1m30s\n/);
  expect(text).toMatch(/ timeout_offset: 1s500ms\n/);
  expect(text).toMatch(/ body_size: 1000\n/);
  expect(renderConfiguration(loadConfiguration({ flags: new Map(), environment: {} }))).toMatch(/ body_size: 64MiB\n/);
});

test('the default configuration is shown with nothing that is not set', () => {
  const text = renderConfiguration(loadConfiguration({ flags: new Map(), environment: {} }));
  expect(text).not.toMatch(/null|undefined|ca_file|config_file|auth|health|output/);
});

test.each(['/', '/metrics', '/a@b', '/ü', '/%C3%BC', '/a/../b', '//a', '/a%20b/'])(
  'an upstream with the path %s is shown as it was given',
  (path) => {
    for (const upstream of ['http://registry', 'http://registry:8080/base/']) {
      const given = new Map([
        ['upstream', [upstream]],
        ['upstream.path', [path]],
      ]);
      const configuration = loadConfiguration({ flags: given, environment: {}, readWebConfig: readDoorOf('') });
      const again = reread(configuration).upstream;
      expect([again.url?.href, again.path]).toEqual([configuration.upstream.url?.href, path]);
    }
  },
);
