import type { Configuration } from '../../config/load.js';
import { ZxpError } from '../../model/errors.js';
import type { ModuleSpec } from '../../model/module.js';
import { type BuiltInModule, isBuiltIn, PRESET_PREFIX, type Preset, presets } from '../../model/presets.js';

type LoadText = () => Promise<{ readonly default: string }>;

/** Of each preset a whole config file with one module, which has its name. Loaded where it is used. */
const texts = {
  'consul-checks': () => import('./consul-checks.yml'),
  dropwizard: () => import('./dropwizard.yml'),
  'elasticsearch-health': () => import('./elasticsearch-health.yml'),
  'elasticsearch-nodes': () => import('./elasticsearch-nodes.yml'),
  expvar: () => import('./expvar.yml'),
  'github-rate-limit': () => import('./github-rate-limit.yml'),
  'kafka-connect': () => import('./kafka-connect.yml'),
  'nginx-plus-server-zones': () => import('./nginx-plus-server-zones.yml'),
  'nginx-plus-upstreams': () => import('./nginx-plus-upstreams.yml'),
  otlp: () => import('./otlp.yml'),
  'php-fpm': () => import('./php-fpm.yml'),
  prom2json: () => import('./prom2json.yml'),
  'rabbitmq-nodes': () => import('./rabbitmq-nodes.yml'),
  'rabbitmq-overview': () => import('./rabbitmq-overview.yml'),
  'rabbitmq-queues': () => import('./rabbitmq-queues.yml'),
  'registry-catalog': () => import('./registry-catalog.yml'),
  'spring-boot': () => import('./spring-boot.yml'),
  'vault-health': () => import('./vault-health.yml'),
} satisfies Record<Preset, LoadText>;

/** Of each built-in module a config file that shows how to go on from it. */
const builtInTexts = {
  flatten: () => import('./flatten.yml'),
  zot: () => import('./zot.yml'),
} satisfies Record<BuiltInModule, LoadText>;

/** The config file of a preset or a built-in module, for its user to edit. Undefined for any other name. */
export async function readModuleText(name: string): Promise<string | undefined> {
  if (isBuiltIn(name)) return (await builtInTexts[name]()).default;
  const preset = presets.find((each) => name === PRESET_PREFIX + each);
  return preset === undefined ? undefined : (await texts[preset]()).default;
}

/** The presets that a configuration uses; names of others are left out. */
export async function readPresets({
  module,
  probeModule,
  targets,
}: Pick<Configuration, 'module' | 'probeModule' | 'targets'>): Promise<readonly ModuleSpec[]> {
  const used = new Set([module, probeModule, ...targets.map((target) => target.module)]);
  const found = await Promise.all([...used].filter((name) => name.startsWith(PRESET_PREFIX)).map(readPreset));
  return found.filter((spec) => spec !== undefined);
}

/** A preset as a module; nobody but the configuration names targets for it. */
async function readPreset(name: string): Promise<ModuleSpec | undefined> {
  const text = await readModuleText(name);
  if (text === undefined) return undefined;
  const { readConfigFile } = await import('../../config/config-reader.js');
  const { modules, problems } = readConfigFile({ name, text, environment: {}, include: () => [] });
  const [spec] = modules.values();
  if (spec === undefined || problems.length > 0) throw new ZxpError('internal', `${name} is not valid`, { problems });
  return { ...spec, name, allow: [] };
}
