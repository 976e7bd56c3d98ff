/** What is said of a list of rounds: the middle one, and how far they lie apart. */

export function median(values) {
  return percentile(values, 50);
}

/** The value at or below which `percent` of the values lie; between two of them in proportion. */
export function percentile(values, percent) {
  const sorted = [...values].sort((left, right) => left - right);
  const at = ((sorted.length - 1) * percent) / 100;
  const low = sorted[Math.floor(at)] ?? Number.NaN;
  const high = sorted[Math.ceil(at)] ?? Number.NaN;
  return low + (high - low) * (at - Math.floor(at));
}

/** Undefined without rounds. */
export function summarize(rounds) {
  if (rounds === undefined || rounds.length === 0) return undefined;
  return { median: median(rounds), min: Math.min(...rounds), max: Math.max(...rounds), rounds };
}
