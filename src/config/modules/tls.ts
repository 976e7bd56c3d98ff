import type { TlsSpec, TlsVersion } from '../../model/module.js';
import { readSecret } from '../secret-source.js';
import type { Section } from '../section.js';
import type { ValueKind } from '../values.js';

const TLS_VERSIONS: ReadonlyMap<string, TlsVersion> = new Map([
  ['TLS10', 'TLSv1'],
  ['TLS11', 'TLSv1.1'],
  ['TLS12', 'TLSv1.2'],
  ['TLS13', 'TLSv1.3'],
]);

/** A version of TLS by the name that Prometheus gives it. */
export const tlsVersion: ValueKind<TlsVersion> = {
  isPublic: true,
  expected: `one of ${[...TLS_VERSIONS.keys()].join(', ')}`,
  words: [...TLS_VERSIONS.keys()],
  read: (value) => (typeof value === 'string' ? TLS_VERSIONS.get(value) : undefined),
};

/** What an absent `tls_config` means. */
export const noTls: TlsSpec = {
  ca: undefined,
  cert: undefined,
  key: undefined,
  serverName: undefined,
  minVersion: undefined,
  maxVersion: undefined,
  insecureSkipVerify: false,
};

/** `tls_config` of prometheus/common. */
export function readTls(section: Section | undefined): TlsSpec {
  if (section === undefined) return noTls;
  const spec = {
    ca: readSecret(section, 'ca'),
    cert: readSecret(section, 'cert'),
    key: readSecret(section, 'key'),
    serverName: section.text('server_name') || undefined,
    minVersion: section.read('min_version', tlsVersion),
    maxVersion: section.read('max_version', tlsVersion),
    insecureSkipVerify: section.flag('insecure_skip_verify') ?? false,
  };
  checkTls(section, spec);
  section.finish();
  return spec;
}

function checkTls(section: Section, spec: TlsSpec): void {
  const { ca, minVersion, maxVersion } = spec;
  if ((spec.cert === undefined) !== (spec.key === undefined)) {
    section.refuse(section, 'needs both a certificate and a key', 'cert_file and key_file');
  }
  if (ca !== undefined && 'inline' in ca && !ca.inline.reveal().includes('-----BEGIN CERTIFICATE-----')) {
    section.refuse(section.placeOf('ca'), 'not a certificate in PEM form', 'the path of a file goes into ca_file');
  }
  if (minVersion !== undefined && maxVersion !== undefined && minVersion > maxVersion) {
    section.refuse(section.placeOf('min_version'), 'above max_version');
  }
  if (spec.insecureSkipVerify) {
    const message = 'anyone can impersonate the target and receive its credentials';
    section.warn(section.placeOf('insecure_skip_verify'), message, 'name its CA in ca_file');
  }
}
