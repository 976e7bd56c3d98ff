/** Figures of the exporters in Go that zxp replaces, recorded once: `recorded/` says of which, when and how. */
import { readFileSync } from 'node:fs';

/** `{what, date, figures}`, where `figures` has ratios by the names of our figures. */
export function readRecorded() {
  return JSON.parse(readFileSync(new URL('recorded/go-exporters.json', import.meta.url), 'utf8'));
}
