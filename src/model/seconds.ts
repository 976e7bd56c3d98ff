/** Milliseconds as seconds for a text, to the millisecond: what is left of a deadline is no round number. */
export function toSeconds(milliseconds: number): number {
  return Math.round(milliseconds) / 1000;
}
