/** Documents for the mapping figures: a list of objects with four labels and five values each, always the same ones. */

export const VALUES_AN_OBJECT = 5;

/** A module as people write it for such a list. */
export const mappingConfig = describeModule(
  { id: '{.id}', host: '{.host}', zone: '{.placement.zone}', state: '{.state}' },
  {
    cpu_ratio: '{.cpu}',
    memory_bytes: '{.memory.used}',
    disk_bytes: '{.disk.used}',
    received_bytes: '{.network.received}',
    ready: '{.ready}',
  },
);

const mappedLabels = { id: '{.id}', host: '{.host}', zone: '{.zone}', state: '{.state}' };

/** One for objects of which everything is mapped: kind `mapped`. */
export const mappedConfig = describeModule(mappedLabels, {
  cpu_ratio: '{.cpu}',
  memory_bytes: '{.memory}',
  disk_bytes: '{.disk}',
  received_bytes: '{.received}',
  ready: '{.ready}',
});

/** The same values as expressions: one is a look at a field, the others calculate, compare and choose. */
export const celConfig = describeModule(mappedLabels, {
  cpu_ratio: { cel: 'self.cpu / 100.0' },
  memory_bytes: { cel: 'self.memory * 1024.0' },
  disk_bytes: { cel: 'has(self.disk) ? self.disk : 0' },
  received_bytes: { cel: 'self.received' },
  ready: { cel: 'self.state == "running" && self.ready == 1.0 ? 1 : 0' },
});

export const VALUES_OF_SMALL = 3;

/** One with three labels and three values. */
export const smallMappingConfig = describeModule(
  { id: '{.id}', host: '{.host}', zone: '{.placement.zone}' },
  { cpu_ratio: '{.cpu}', memory_bytes: '{.memory.used}', ready: '{.ready}' },
);

/** As a config file: JSON is YAML, too. */
function describeModule(labels, values) {
  const metric = { name: 'instance', type: 'object', path: '{.instances[*]}', labels, values };
  return JSON.stringify({ modules: { bench: { metrics: [metric] } } });
}

/**
 * The document's bytes. `kind` is `mapped`, where everything of an object is (some 120 bytes), `lean`, where nearly all of an object is mapped (some 280 bytes), or `usual`: replies
 * of real APIs carry as much again that nobody maps (some 650 bytes). One of these takes JSON.parse about 2.4 µs, which
 * is what an object of the performance study took.
 */
export function makeMappingPayload(objects, kind) {
  const describe = { mapped: describeMapped, lean: describeInstance, usual: describeUsual }[kind];
  const instances = Array.from({ length: objects }, (_, i) => describe(i));
  return Buffer.from(JSON.stringify({ instances }));
}

function describeMapped(i) {
  return {
    id: `i-${i}`,
    host: `worker-${i % 200}`,
    zone: `eu-${(i % 3) + 1}`,
    state: i % 17 === 0 ? 'draining' : 'running',
    cpu: ((i * 37) % 1000) / 10,
    memory: 1_000 + i * 4,
    disk: 50_000 + i * 7,
    received: i * 12,
    ready: i % 17 === 0 ? 0 : 1,
  };
}

function describeUsual(i) {
  return { ...describeInstance(i), ...describeMore(i) };
}

function describeInstance(i) {
  return {
    id: `i-${(0x9e3779b1 * (i + 1)).toString(16).padStart(16, '0')}`,
    host: `worker-${i}.cluster-${i % 12}.example`,
    placement: { zone: `eu-west-${(i % 3) + 1}`, rack: i % 40 },
    state: i % 17 === 0 ? 'draining' : 'running',
    cpu: ((i * 37) % 1000) / 1000,
    memory: { used: 1_000_000 + i * 4096, total: 16_777_216 },
    disk: { used: 50_000_000 + i * 777, total: 512_000_000 },
    network: { received: i * 1234, sent: i * 321 },
    ready: i % 17 !== 0,
  };
}

function describeMore(i) {
  return {
    kind: 'Instance',
    image: `registry.example/base/worker:2026.${i % 12}.${i % 28}`,
    created: `2026-0${(i % 9) + 1}-11T08:${String(i % 60).padStart(2, '0')}:00Z`,
    owner: { team: `team-${i % 40}`, contact: `team-${i % 40}@example.com` },
    addresses: [`10.0.${i % 256}.${(i * 7) % 256}`, `fd00::${(i % 65_536).toString(16)}`],
    tags: { environment: 'production', tier: i % 2 === 0 ? 'batch' : 'web', cost_centre: String(4000 + (i % 90)) },
    links: { self: `/v1/instances/${i}`, metrics: `/v1/instances/${i}/metrics` },
  };
}
