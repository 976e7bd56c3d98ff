import { expect, test } from 'vitest';
import { metricHelp, moduleHelp, valueHelp } from '../../../src/config/schema/module-help.js';
import { moduleDefinitions } from '../../../src/config/schema/module-schema.js';

test.each([
  ['module', moduleHelp],
  ['metric', { ...valueHelp, ...metricHelp }],
] as const)('every key of a %s has a description, and nothing else has one', (name, help) => {
  const properties = moduleDefinitions[name]?.['properties'];
  expect(Object.keys(help).sort()).toEqual(Object.keys(properties ?? {}).sort());
  for (const property of Object.values(properties ?? {})) expect(property).toHaveProperty('description');
});
