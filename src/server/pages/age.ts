const UNITS = [
  [86_400, 'd'],
  [3600, 'h'],
  [60, 'min'],
] as const;

/** How long ago something was, in its largest unit: `3.2 s ago`, `5 min ago`. */
export function formatAge(ms: number): string {
  const seconds = Math.max(0, ms) / 1000;
  for (const [size, unit] of UNITS) if (seconds >= size) return `${Math.floor(seconds / size)} ${unit} ago`;
  return `${seconds.toFixed(seconds < 10 ? 1 : 0)} s ago`;
}
