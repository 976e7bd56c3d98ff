import { expect, test } from 'vitest';
import { listWaiting } from '../../src/app/restart.js';
import { parseConfigFile } from '../../src/config/file.js';
import { loadConfiguration } from '../../src/config/load.js';
import { settingRows } from '../../src/config/settings.js';
import { samplesFor } from '../support/setting-samples.js';
import { readDoorOf } from '../support/web-config-reader.js';

const rows = settingRows.filter((row) => row.key?.startsWith('web.') === true);

function loadWeb(flags: ReadonlyMap<string, readonly string[]>, file = '') {
  return loadConfiguration({
    flags,
    environment: {},
    file: parseConfigFile('zxp.yml', file),
    readWebConfig: readDoorOf(''),
  }).web;
}

test.each(rows.map((row) => [row.key, row] as const))('a change of %s waits for the next start', (key, row) => {
  const [sample] = samplesFor(row);
  const after = loadWeb(new Map([[row.name, [sample.text]]]));
  expect(listWaiting(loadWeb(new Map()), after)).toEqual([key]);
  expect(listWaiting(after, loadWeb(new Map()))).toEqual([key]);
});

test('nothing waits where nothing is another', () => {
  const file = 'web: { listen_addresses: [":1", ":2"], auth_token_files: [a] }';
  expect(listWaiting(loadWeb(new Map(), file), loadWeb(new Map(), file))).toEqual([]);
});
