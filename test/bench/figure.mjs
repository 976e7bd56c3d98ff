/**
 * Runs one figure and judges it. A figure is `{name, target, measure}`: `target` is `{max}` or `{min}` for the median of
 * ours, and `measure()` gives the ratio of each round, `{ours: number[], naive?: number[]}`. One that is part of the
 * growth chart has its number of `series` beside the name, and gives the milliseconds behind the ratios, too:
 * `costMs: {floor: number[], ours: number[], naive: number[]}`.
 */
import { summarize } from './statistics.mjs';

/** A figure that breaks is a result too: the others still have something to say. */
export async function runFigure({ name, target, series, needs, measure }) {
  const startMs = performance.now();
  const finish = (rest) => ({ name, target, series, seconds: (performance.now() - startMs) / 1000, ...rest });
  const missing = needs?.();
  if (missing !== undefined) return finish({ verdict: 'skipped', error: missing });
  try {
    const rounds = await measure();
    const ours = summarize(rounds.ours);
    const costMs = series === undefined ? undefined : mapValues(rounds.costMs, (list) => summarize(list)?.median);
    return finish({ ours, naive: summarize(rounds.naive), costMs, verdict: judge(ours, target) });
  } catch (error) {
    return finish({ verdict: 'broken', error: error.message });
  }
}

/** Whether the median is on the right side of the target: `ok`, `missed`, or `-` where there is none. */
export function judge({ median }, { max, min }) {
  if (max === undefined && min === undefined) return '-';
  return median <= (max ?? Number.POSITIVE_INFINITY) && median >= (min ?? 0) ? 'ok' : 'missed';
}

function mapValues(object, change) {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, change(value)]));
}
