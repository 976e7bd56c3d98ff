import type { HoconCursor } from '../hocon/cursor.js';

/** What to do about keys that zxp has no counterpart of, by how their paths begin. */
const HINTS: readonly (readonly [start: RegExp, hint: string])[] = [
  [/\.(admin|metrics)\b/, '--web.listen-address of zxp agent serves health and metrics; zxp proxy has them at /-/'],
  [/\.grpc\./, 'heartbeats and eviction end dead connections'],
  [/\.(dashboard|internal\.zipkin|zipkin)\b/, 'the page at /-/ lists agents and paths'],
  [/\.scrapeMaxRetries$/, 'Prometheus scrapes again by itself'],
  [/keyStore|trustStore/i, 'certificates and keys are PEM files'],
];

/** Warns of every key below a place that nobody has read. */
export function warnOfRest(cursor: HoconCursor): void {
  cursor.forEachUnread((unread, path) => {
    const hint = HINTS.find(([start]) => start.test(path))?.[1];
    unread.warn('no counterpart in zxp, ignored', hint);
  });
}
