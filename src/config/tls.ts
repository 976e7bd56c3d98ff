import type { TlsSpec } from '../model/module.js';
import { readSecret } from './secret-source.js';
import type { Section } from './section.js';
import { tlsVersion } from './tls-version.js';

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
    section.refuse(section, 'needs both a certificate and a key');
  }
  if (ca !== undefined && 'inline' in ca && !ca.inline.reveal().includes('-----BEGIN CERTIFICATE-----')) {
    section.refuse(section, 'has a ca that is no PEM certificate', 'the path of a file goes into ca_file');
  }
  if (minVersion !== undefined && maxVersion !== undefined && minVersion > maxVersion) {
    section.refuse(section, 'has a min_version above its max_version');
  }
  if (spec.insecureSkipVerify) {
    section.warn(
      section,
      'insecure_skip_verify: anybody can pose as the target and take its credentials',
      'give its CA',
    );
  }
}
