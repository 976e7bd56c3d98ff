/** An API of devices in two pages, and of an application's metrics, one document each. */
export function answerInventory(path: string): { readonly status?: number; readonly json: unknown } {
  const json = documents[path];
  return json === undefined ? { status: 404, json: {} } : { json };
}

const documents: Readonly<Record<string, unknown>> = {
  '/devices': {
    results: [
      { id: 1, name: 'core-1', site: 'north', ports: 48 },
      { id: 2, name: 'edge-1', site: 'south', ports: 24 },
    ],
    next: '/devices?after=2',
  },
  '/devices?after=2': { results: [{ id: 3, name: 'edge-2', site: null, ports: 24 }], next: null },
  '/actuator/metrics': { names: ['jvm.memory.used', 'jvm.threads.live'] },
  '/actuator/metrics/jvm.memory.used': {
    name: 'jvm.memory.used',
    baseUnit: 'bytes',
    measurements: [{ statistic: 'VALUE', value: 104_857_600 }],
  },
  '/actuator/metrics/jvm.threads.live': {
    name: 'jvm.threads.live',
    baseUnit: 'threads',
    measurements: [{ statistic: 'VALUE', value: 21 }],
  },
};
