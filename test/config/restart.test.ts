import { expect, test } from 'vitest';
import { loadConfiguration } from '../../src/config/load.js';
import { keepUntilRestart, listRestartSettings } from '../../src/config/restart.js';
import { settingRows } from '../../src/config/settings.js';
import { parseConfigFile } from '../support/read-config.js';
import { samplesFor } from '../support/setting-samples.js';
import { readDoorOf } from '../support/web-config-reader.js';

const rows = settingRows.filter((row) => row.takesEffect === 'restart' && row.key !== undefined);

function load(flags: ReadonlyMap<string, readonly string[]>, file = '') {
  return loadConfiguration({
    flags,
    environment: {},
    file: parseConfigFile('zxp.yml', file),
    readWebConfig: readDoorOf(''),
  });
}

test.each(rows.map((row) => [row.key, row] as const))('a change of %s needs a restart', (key, row) => {
  const [sample] = samplesFor(row);
  const after = load(new Map([[row.name, [sample.text]]]));
  expect(listRestartSettings(load(new Map()), after)).toEqual([key]);
  expect(listRestartSettings(after, load(new Map()))).toEqual([key]);
});

test('nothing needs a restart where nothing has changed', () => {
  const file = 'web: { listen_addresses: [":1", ":2"], auth_token_files: [a] }';
  expect(listRestartSettings(load(new Map(), file), load(new Map(), file))).toEqual([]);
});

test('what a reload makes active has the settings of the start where they need a restart, and the new ones elsewhere', () => {
  const started = load(
    new Map(),
    'module: one\nweb: { max_requests: 1, auth_token_files: [a] }\nlog: { output: a, level: warn }',
  );
  const file = 'module: two\nweb: { max_requests: 2, auth_token_files: [b] }\nlog: { output: b, level: error }';
  expect(keepUntilRestart(started, load(new Map(), file))).toMatchObject({
    module: 'two',
    web: { maxRequests: 1, authTokenFiles: ['b'] },
    log: { output: 'a', level: 'error' },
  });
});
