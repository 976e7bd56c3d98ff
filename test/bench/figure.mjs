/**
 * Runs one figure and judges it. A figure is `{name, target, measure}`: `target` is `{max}` or `{min}` for the median of
 * ours, and `measure()` gives the ratio of each round, `{ours: number[], naive?: number[]}`.
 */
import { summarize } from './statistics.mjs';

/** A figure that breaks is a result too: the others still have something to say. */
export async function runFigure({ name, target, needs, measure }) {
  const startMs = performance.now();
  const finish = (rest) => ({ name, target, seconds: (performance.now() - startMs) / 1000, ...rest });
  const missing = needs?.();
  if (missing !== undefined) return finish({ verdict: 'skipped', error: missing });
  try {
    const rounds = await measure();
    const ours = summarize(rounds.ours);
    return finish({ ours, naive: summarize(rounds.naive), verdict: judge(ours, target) });
  } catch (error) {
    return finish({ verdict: 'broken', error: error.message });
  }
}

function judge({ median }, { max, min }) {
  if (max === undefined && min === undefined) return '-';
  return median <= (max ?? Number.POSITIVE_INFINITY) && median >= (min ?? 0) ? 'ok' : 'missed';
}
