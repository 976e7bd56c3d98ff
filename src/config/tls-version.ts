import type { TlsVersion } from '../model/module.js';
import type { ValueKind } from './values.js';

const TLS_VERSIONS: ReadonlyMap<string, TlsVersion> = new Map([
  ['TLS10', 'TLSv1'],
  ['TLS11', 'TLSv1.1'],
  ['TLS12', 'TLSv1.2'],
  ['TLS13', 'TLSv1.3'],
]);

/** A version of TLS by the name that Prometheus gives it. */
export const tlsVersion: ValueKind<TlsVersion> = {
  expected: `one of ${[...TLS_VERSIONS.keys()].join(', ')}`,
  words: [...TLS_VERSIONS.keys()],
  read: (value) => (typeof value === 'string' ? TLS_VERSIONS.get(value) : undefined),
};
