const METRIC_NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const LABEL_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/**
 * The metric name with each character that Prometheus forbids (text format 0.0.4) turned into `_`, a first digit too.
 * Undefined for an empty name.
 */
export function toMetricName(name: string): string | undefined {
  if (name === '') return undefined;
  if (METRIC_NAME.test(name)) return name;
  // What most names have that is not allowed.
  const undotted = name.replaceAll('.', '_');
  if (METRIC_NAME.test(undotted)) return undotted;
  return replaceFirstDigit(name.replace(/[^a-zA-Z0-9_:]/gu, '_'));
}

/** The same for a label name. Undefined where it is empty or reserved (begins with `__`). */
export function toLabelName(name: string): string | undefined {
  const label = LABEL_NAME.test(name) ? name : replaceFirstDigit(name.replace(/[^a-zA-Z0-9_]/gu, '_'));
  return label === '' || label.startsWith('__') ? undefined : label;
}

function replaceFirstDigit(name: string): string {
  return name.replace(/^[0-9]/, '_');
}
