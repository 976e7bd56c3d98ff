/** The naive way: JSON.parse, a Gauge or Counter of prom-client for every name, and `registry.metrics()`. */
import { Counter, Gauge, Registry } from 'prom-client';

/** The exposition of a parsed document as one string. Histograms and summaries are gauges: prom-client cannot set them. */
export async function exposeNaively(document) {
  const registry = new Registry();
  const metrics = new Map();
  const metric = (Type, name, labelNames) => {
    const known = metrics.get(name);
    if (known !== undefined) return known;
    const created = new Type({ name, help: `${name}, as zot reports it.`, labelNames, registers: [registry] });
    metrics.set(name, created);
    return created;
  };
  for (const row of document.Counters) {
    metric(Counter, `${toMetricName(row.Name)}_total`, row.LabelNames ?? []).inc(toLabels(row), row.Count);
  }
  for (const row of document.Gauges) {
    metric(Gauge, toMetricName(row.Name), row.LabelNames ?? []).set(toLabels(row), row.Value);
  }
  for (const row of [...document.Summaries, ...document.Histograms]) {
    const name = toMetricName(row.Name);
    const labels = toLabels(row);
    metric(Gauge, `${name}_count`, row.LabelNames ?? []).set(labels, row.Count);
    metric(Gauge, `${name}_sum`, row.LabelNames ?? []).set(labels, row.Sum);
    if (row.Buckets === undefined) continue;
    const buckets = metric(Gauge, `${name}_bucket`, [...(row.LabelNames ?? []), 'le']);
    for (const le of Object.keys(row.Buckets)) buckets.set({ ...labels, le }, row.Buckets[le]);
  }
  return registry.metrics();
}

function toMetricName(name) {
  return name.replace(/[^a-zA-Z0-9_:]/g, '_');
}

function toLabels({ LabelNames, LabelValues }) {
  const labels = {};
  LabelNames?.forEach((name, i) => {
    labels[name] = LabelValues[i];
  });
  return labels;
}
