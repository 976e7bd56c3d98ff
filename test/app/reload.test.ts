import { expect, test } from 'vitest';
import { listRestartSettings } from '../../src/app/reload.js';
import { parseConfigFile } from '../../src/config/file.js';
import { loadConfiguration } from '../../src/config/load.js';
import { settingRows } from '../../src/config/settings.js';
import { samplesFor } from '../support/setting-samples.js';
import { readDoorOf } from '../support/web-config-reader.js';

const RELOADABLE = ['web.config_file', 'web.auth_mode', 'web.auth_token_files'];
const rows = settingRows.filter(({ key }) => key?.startsWith('web.') === true && !RELOADABLE.includes(key));

function loadWeb(flags: ReadonlyMap<string, readonly string[]>, file = '') {
  return loadConfiguration({
    flags,
    environment: {},
    file: parseConfigFile('zxp.yml', file),
    readWebConfig: readDoorOf(''),
  }).web;
}

test.each(rows.map((row) => [row.key, row] as const))('a change of %s needs a restart', (key, row) => {
  const [sample] = samplesFor(row);
  const after = loadWeb(new Map([[row.name, [sample.text]]]));
  expect(listRestartSettings(loadWeb(new Map()), after)).toEqual([key]);
  expect(listRestartSettings(after, loadWeb(new Map()))).toEqual([key]);
});

test('nothing needs a restart where nothing has changed', () => {
  const file = 'web: { listen_addresses: [":1", ":2"], auth_token_files: [a] }';
  expect(listRestartSettings(loadWeb(new Map(), file), loadWeb(new Map(), file))).toEqual([]);
});
