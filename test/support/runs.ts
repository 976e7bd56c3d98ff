/**
 * How many inputs a property is tried with: of those that it is worth, a fifth for every change, or as many as
 * `npm run soak` says by ZXP_SOAK_RUNS.
 */
export function runs(worth: number): number {
  return Number(process.env.ZXP_SOAK_RUNS ?? Math.ceil(worth / 5));
}
