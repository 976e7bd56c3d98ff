import type { Configuration } from './load.js';
import { type PlacedSetting, placedSettings, readSettingValues, valueAt } from './settings.js';

const atRestart: readonly PlacedSetting[] = placedSettings.filter(({ row }) => row.takesEffect === 'restart');

/** The settings, by their keys, that have changed and take effect at the next start. */
export function listRestartSettings(before: Configuration, after: Configuration): readonly string[] {
  return atRestart
    .filter(({ path }) => JSON.stringify(valueAt(before, path)) !== JSON.stringify(valueAt(after, path)))
    .map(({ row }) => row.key ?? `--${row.name}`);
}

/** What a reload makes active: the new configuration, with those settings as they were at the start. */
export function keepUntilRestart(started: Configuration, loaded: Configuration): Configuration {
  const active = readSettingValues(({ row, path }) => valueAt(row.takesEffect === 'restart' ? started : loaded, path));
  return {
    ...loaded,
    ...active,
    upstream: loaded.upstream,
    web: { ...active.web, routePrefix: started.web.routePrefix },
  };
}
