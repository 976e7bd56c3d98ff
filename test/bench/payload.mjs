/**
 * Documents of zot's form with an exact number of samples, always the same ones: names, labels, buckets and the mix of
 * kinds are those of a real zot, about 86 bytes a sample.
 */

const HISTOGRAM_SHARE = 0.16;
const SUMMARY_SHARE = 0.06;
const GAUGE_SHARE = 0.36;
const MAX_BURST_ROWS = 12;

const LOCK_BOUNDS = ['+Inf', '0.001', '0.01', '0.1', '1', '10', '15', '30', '5', '60'];
const SAMPLES_A_HISTOGRAM = LOCK_BOUNDS.length + 2;
const SAMPLES_A_SUMMARY = 2;

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];
const CODES = ['200', '201', '202', '204', '206', '301', '307', '400', '401', '403', '404', '405', '416', '429', '500'];
const PRIORITIES = ['high', 'medium', 'low'];
const STATES = ['ready', 'waiting', 'done'];

/** Families by list. `labels(i)` is another series for every `i` below `rows`. */
const families = {
  Counters: [
    { name: 'zot.scheduler.generators', rows: 1, labels: () => ({}) },
    {
      name: 'zot.http.requests',
      rows: METHODS.length * CODES.length,
      labels: (i) => ({ method: METHODS[i % METHODS.length], code: CODES[Math.floor(i / METHODS.length)] }),
    },
    { name: 'zot.repo.uploads', rows: Number.POSITIVE_INFINITY, labels: (i) => ({ repo: nameRepo(i) }) },
    { name: 'zot.repo.downloads', rows: Number.POSITIVE_INFINITY, labels: (i) => ({ repo: nameRepo(i) }) },
  ],
  Gauges: [
    {
      name: 'zot.info',
      rows: 1,
      labels: () => ({ commit: 'v2.1.8-0-g1f2e3d4', binaryType: 'full', goVersion: 'go1.24.4', version: '1.1.1' }),
    },
    {
      name: 'zot.scheduler.generators.status',
      rows: PRIORITIES.length * STATES.length,
      labels: (i) => ({
        priority: PRIORITIES[i % PRIORITIES.length],
        state: STATES[Math.floor(i / PRIORITIES.length)],
      }),
    },
    { name: 'zot.repo.storage.bytes', rows: Number.POSITIVE_INFINITY, labels: (i) => ({ repo: nameRepo(i) }) },
    {
      name: 'zot.repo.tags',
      rows: Number.POSITIVE_INFINITY,
      labels: (i) => ({ repo: nameRepo(i >> 1), kind: i % 2 === 0 ? 'image' : 'artifact' }),
    },
  ],
  Summaries: [
    { name: 'zot.http.repo.latency.seconds', rows: Number.POSITIVE_INFINITY, labels: (i) => ({ repo: nameRepo(i) }) },
  ],
  Histograms: [
    {
      name: 'zot.storage.lock.latency.seconds',
      rows: Number.POSITIVE_INFINITY,
      labels: (i) => ({ storageName: `/var/lib/registry-${i >> 1}`, lockType: i % 2 === 0 ? 'RLock' : 'RWLock' }),
    },
  ],
};

/** The document's bytes. */
export function makePayload(series) {
  return Buffer.from(JSON.stringify(makeDocument(series)));
}

/** The credentials with which the bench's upstream is asked for a document: zxp and the naive server pass them on. */
export function authorizationFor(series) {
  return `Bearer ${series}`;
}

function makeDocument(series) {
  const random = startRandom(series);
  const histograms = Math.floor((series * HISTOGRAM_SHARE) / SAMPLES_A_HISTOGRAM);
  const summaries = Math.floor((series * SUMMARY_SHARE) / SAMPLES_A_SUMMARY);
  const gauges = Math.floor(series * GAUGE_SHARE);
  const counters = series - histograms * SAMPLES_A_HISTOGRAM - summaries * SAMPLES_A_SUMMARY - gauges;
  const list = (name, rows, makeValues) => makeRows(families[name], { rows, random, makeValues });
  return {
    Counters: list('Counters', counters, () => ({ Count: makeCount(random) })),
    Gauges: list('Gauges', gauges, () => ({ Value: makeCount(random) * 13 })),
    Summaries: list('Summaries', summaries, () => ({ Count: makeCount(random), Sum: random() * 100 })),
    Histograms: list('Histograms', histograms, () => makeHistogram(random)),
  };
}

/** Rows of the families in bursts, as they come out of a registry that was used for a while. */
function makeRows(listFamilies, { rows, random, makeValues }) {
  const used = new Map(listFamilies.map((family) => [family, 0]));
  const result = [];
  while (result.length < rows) {
    const open = listFamilies.filter((family) => used.get(family) < family.rows);
    const family = open[Math.floor(random() * open.length)];
    const burst = 1 + Math.floor(random() * MAX_BURST_ROWS);
    for (let i = 0; i < burst && result.length < rows && used.get(family) < family.rows; i++) {
      const index = used.get(family);
      used.set(family, index + 1);
      result.push(makeRow(family.name, makeValues(), family.labels(index)));
    }
  }
  return result;
}

/** zot writes null where a metric has no labels. */
function makeRow(name, values, labels) {
  const names = Object.keys(labels);
  if (names.length === 0) return { Name: name, ...values, LabelNames: null, LabelValues: null };
  return { Name: name, ...values, LabelNames: names, LabelValues: Object.values(labels) };
}

function makeHistogram(random) {
  const count = makeCount(random);
  const share = (bound) => Math.floor(count * Math.min(1, 0.9 + Number(bound) / 10));
  const counts = LOCK_BOUNDS.map((bound) => [bound, bound === '+Inf' ? count : share(bound)]);
  return { Count: count, Sum: random() * 10, Buckets: Object.fromEntries(counts) };
}

function nameRepo(index) {
  return `team-${index % 40}/app${index}`;
}

/** Mostly small, now and then large, as counters of a registry are. */
function makeCount(random) {
  return Math.floor(10 ** (random() * 5));
}

/** Numbers of 0 to 1, the same for the same seed (mulberry32). */
function startRandom(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
