import type { ServerTlsSpec } from '../../model/access-policy.js';
import type { SecretSource, TlsVersion } from '../../model/module.js';
import { tlsVersion } from '../modules/tls.js';
import { findNearest } from '../nearest.js';
import { readSecret } from '../secret-source.js';
import { readText, type Section } from '../section.js';
import { readClientAuth } from './client-auth.js';
import { isSaid } from './required-keys.js';
import { cipherSuites, curves, suitesOfTls13 } from './tls-names.js';

const CERTIFICATE = /-----BEGIN CERTIFICATE-----/;
const KEY = /-----BEGIN (?!ENCRYPTED )([A-Z]+ )?PRIVATE KEY-----/;

/**
 * `tls_server_config`. `isMutual` says that the mode is mtls: certificates are then required and verified, by a CA of
 * one's own, over TLS 1.3 at least. Undefined where the section is absent, or too wrong to make TLS of.
 */
export function readServerTls(section: Section | undefined, isMutual: boolean): ServerTlsSpec | undefined {
  if (section === undefined) return undefined;
  const cert = readPem(section, { key: 'cert', pattern: CERTIFICATE, what: 'a certificate' });
  const key = readPem(section, { key: 'key', pattern: KEY, what: 'a key without a passphrase' });
  for (const name of ['cert', 'key']) requirePem(section, name);
  const versions = readVersions(section, isMutual);
  const rest = {
    clientCa: readPem(section, { key: 'client_ca', pattern: CERTIFICATE, what: 'a certificate' }),
    ...readClientAuth(section, isMutual),
    ...versions,
    ciphers: readCiphers(section, versions),
    curves: readNames(section, 'curve_preferences', curves),
    prefersServerCiphers: readFlag(section, 'prefer_server_cipher_suites') ?? true,
    where: section.where,
  };
  section.finish();
  return cert === undefined || key === undefined ? undefined : { cert, key, ...rest };
}

function readFlag(section: Section, key: string): boolean | undefined {
  return isSaid(section, key) ? section.flag(key) : undefined;
}

interface PemKind {
  readonly key: string;
  readonly pattern: RegExp;
  readonly what: string;
}

/** PEM text under a key, or its file under `key_file`. What the file has in it is seen when it is read. */
function readPem(section: Section, { key, pattern, what }: PemKind): SecretSource | undefined {
  const source = readSecret(section, key);
  const place = section.take(key);
  if (source === undefined || !('inline' in source) || place === undefined) return source;
  if (pattern.test(source.inline.reveal())) return source;
  return section.refuse(place, `is not the PEM text of ${what}`, `the path of a file goes into ${key}_file`);
}

/** Exporters without a certificate fall back on plain HTTP, whatever else the section says. */
function requirePem(section: Section, key: string): void {
  const said = [section.take(key), section.take(`${key}_file`)];
  if (said.some((cursor) => cursor !== undefined && cursor.text !== '')) return;
  section.refuse(section, `needs ${key}_file or ${key}`, 'for plain HTTP, take tls_server_config out');
}

type Versions = Pick<ServerTlsSpec, 'minVersion' | 'maxVersion'>;

function readVersions(section: Section, isMutual: boolean): Versions {
  const said = isSaid(section, 'min_version') ? section.read('min_version', tlsVersion) : undefined;
  const maxVersion = isSaid(section, 'max_version') ? section.read('max_version', tlsVersion) : undefined;
  const minVersion = isMutual ? 'TLSv1.3' : (said ?? 'TLSv1.2');
  if (isMutual) {
    refuseOld(section, 'min_version', said);
    refuseOld(section, 'max_version', maxVersion);
  } else if (maxVersion !== undefined && minVersion > maxVersion) {
    section.refuse(section.placeOf('max_version'), 'is below min_version, which is TLS12 unless it is said');
  }
  return { minVersion, maxVersion };
}

function refuseOld(section: Section, key: string, version: TlsVersion | undefined): void {
  if (version === undefined || version === 'TLSv1.3') return;
  section.refuse(section.placeOf(key), 'is below TLS 1.3, and the mode is mtls', 'take it out, or the mode');
}

/** Suites of TLS 1.2 and before say nothing of TLS 1.3, which has its own: those that are named, else all. */
function readCiphers(section: Section, { minVersion, maxVersion }: Versions): readonly string[] {
  const named = readNames(section, 'cipher_suites', cipherSuites);
  const isNew = (suite: string) => suitesOfTls13.includes(suite);
  if (named.length === 0) return [];
  if (named.every(isNew) && maxVersion !== undefined && maxVersion < 'TLSv1.3') {
    section.refuse(section.placeOf('cipher_suites'), 'are of TLS 1.3 alone, and max_version is below it');
  }
  if (named.some(isNew)) return named;
  if (minVersion === 'TLSv1.3') {
    section.warn(section.placeOf('cipher_suites'), 'have no use: TLS 1.3 has suites of its own', 'take them out');
    return [];
  }
  return [...suitesOfTls13, ...named];
}

/** OpenSSL's names of things that Go names otherwise. */
function readNames(section: Section, key: string, names: ReadonlyMap<string, string>): readonly string[] {
  if (!isSaid(section, key)) return [];
  return section.list(key).flatMap((cursor) => {
    const text = readText(cursor, section.reading);
    const name = names.get(text ?? '');
    if (text === undefined || name !== undefined) return name ?? [];
    const nearest = findNearest(text, names.keys());
    const meant = nearest === undefined ? `there is ${[...names.keys()].join(', ')}` : `did you mean ${nearest}?`;
    const isInsecure = /^TLS_RSA_WITH_|_RC4_|_3DES_|_CBC_SHA256$/.test(text);
    section.refuse(
      cursor,
      `is no name that is known here: ${JSON.stringify(text.slice(0, 100))}`,
      isInsecure ? 'Go counts this one among the insecure ones, and exporter-toolkit refuses it as well' : meant,
    );
    return [];
  });
}
