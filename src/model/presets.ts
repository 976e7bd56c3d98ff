/** Modules that every configuration has: translators that need no metrics, each under its name. */
export const builtInModules = ['flatten', 'zot'] as const;
export type BuiltInModule = (typeof builtInModules)[number];

/** Whether a name is one of a built-in module. */
export function isBuiltIn(name: string): name is BuiltInModule {
  return builtInModules.some((each) => each === name);
}

/** What the names of presets begin with, and those of no other module. */
export const PRESET_PREFIX = 'preset/';

/** Modules for APIs of known products, one for each endpoint, by their names without the prefix. */
export const presets = [
  'consul-checks',
  'dropwizard',
  'elasticsearch-health',
  'elasticsearch-nodes',
  'expvar',
  'github-rate-limit',
  'kafka-connect',
  'nginx-plus-server-zones',
  'nginx-plus-upstreams',
  'otlp',
  'php-fpm',
  'prom2json',
  'rabbitmq-nodes',
  'rabbitmq-overview',
  'rabbitmq-queues',
  'registry-catalog',
  'spring-boot',
  'vault-health',
] as const;
export type Preset = (typeof presets)[number];

/** Their names, as configurations have them. */
export const presetNames: readonly string[] = presets.map((name) => PRESET_PREFIX + name);
