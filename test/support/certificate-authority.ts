import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { isIPv4, SocketAddress } from 'node:net';

/** PEM texts, as node:tls takes them. */
export interface KeyPair {
  readonly key: string;
  readonly cert: string;
}

/** What a certificate is to say. */
export interface Wishes {
  /** `DNS:localhost,IP:127.0.0.1,email:a@b.example,URI:spiffe://a/b`; loopback where it is not said. */
  readonly altNames?: string;
  /** From now on; one that is not above 0 has expired. Two where it is not said. */
  readonly days?: number;
  /** What it may be used for; both where it is not said. */
  readonly purpose?: 'serverAuth' | 'clientAuth';
  /** The key that it is for, as PEM; a new one where it is not said. */
  readonly key?: string;
}

/** A certificate authority for tests, with its private key in memory. */
export interface CertificateAuthority {
  /** PEM. */
  readonly cert: string;
  /** Issues a certificate. */
  issue(name: string, wishes?: Wishes): KeyPair;
  /** Makes an intermediate CA below this one. */
  delegate(name: string): CertificateAuthority;
}

const LOOPBACK = 'DNS:localhost,IP:127.0.0.1';
const DAY_MS = 24 * 60 * 60 * 1000;

/** Makes a CA; needs no program and no file. Certificates are X.509 v3 (RFC 5280) with ECDSA keys on P-256. */
export function makeAuthority(name = 'authority'): CertificateAuthority {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const issuer = { name, key: privateKey };
  return toAuthority(name, privateKey, certify({ issuer, subject: name, key: privateKey, extensions: [IS_CA] }));
}

/** A certificate that is its own issuer. */
export function makeSelfSigned(name: string, altNames = LOOPBACK): KeyPair {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const extensions = [IS_CA, nameAlternatives(altNames)];
  return {
    key: toPem(privateKey),
    cert: certify({ issuer: { name, key: privateKey }, subject: name, key: privateKey, extensions }),
  };
}

function toAuthority(name: string, ownKey: KeyObject, cert: string): CertificateAuthority {
  const issuer = { name, key: ownKey };
  return {
    cert,
    issue: (subject, { altNames = LOOPBACK, purpose, days, key: pem } = {}) => {
      const key = pem === undefined ? generateKey() : createPrivateKey(pem);
      const extensions = [nameAlternatives(altNames), ...(purpose === undefined ? [] : [restrictTo(purpose)])];
      return { key: pem ?? toPem(key), cert: certify({ issuer, subject, key, extensions, days }) };
    },
    delegate: (subject) => {
      const key = generateKey();
      return toAuthority(subject, key, certify({ issuer, subject, key, extensions: [IS_CA] }));
    },
  };
}

function generateKey(): KeyObject {
  return generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey;
}

function toPem(key: KeyObject): string {
  return key.export({ type: 'sec1', format: 'pem' }).toString();
}

function certify(wanted: {
  readonly issuer: { readonly name: string; readonly key: KeyObject };
  readonly subject: string;
  readonly key: KeyObject;
  readonly extensions: readonly Buffer[];
  readonly days?: number | undefined;
}): string {
  const { issuer, days = 2 } = wanted;
  const ecdsaWithSha256 = sequence(oid('1.2.840.10045.4.3.2'));
  const now = Date.now();
  const body = sequence(
    tagged(0xa0, integer(2)),
    tagged(0x02, Buffer.concat([Buffer.of(0x40), randomBytes(15)])),
    ecdsaWithSha256,
    nameOf(issuer.name),
    sequence(time(Math.min(now, now + days * DAY_MS) - DAY_MS), time(now + days * DAY_MS)),
    nameOf(wanted.subject),
    createPublicKey(wanted.key).export({ type: 'spki', format: 'der' }),
    tagged(0xa3, sequence(...wanted.extensions)),
  );
  const signature = tagged(0x03, Buffer.concat([Buffer.of(0), sign('sha256', body, issuer.key)]));
  const text = sequence(body, ecdsaWithSha256, signature).toString('base64').replace(/.{64}/g, '$&\n').trimEnd();
  return `-----BEGIN CERTIFICATE-----\n${text}\n-----END CERTIFICATE-----\n`;
}

/** DER (X.690): a tag, the length of the content, the content. */
function tagged(tag: number, content: Buffer): Buffer {
  const { length } = content;
  if (length < 0x80) return Buffer.concat([Buffer.of(tag, length), content]);
  const bytes = length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.of(tag, ...bytes), content]);
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return tagged(0x30, Buffer.concat(parts));
}

function integer(small: number): Buffer {
  return tagged(0x02, Buffer.of(small));
}

function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const bytes = [first * 40 + second, ...rest.flatMap(toBase128)];
  return tagged(0x06, Buffer.from(bytes));
}

function toBase128(value: number): readonly number[] {
  const digits = [value & 0x7f];
  for (let left = value >> 7; left > 0; left >>= 7) digits.unshift((left & 0x7f) | 0x80);
  return digits;
}

function time(unixMs: number): Buffer {
  const [, year = '', rest = ''] = /^\d\d(\d\d)-(.*)\.\d+Z$/.exec(new Date(unixMs).toISOString()) ?? [];
  return tagged(0x17, Buffer.from(`${year}${rest.replace(/\D/g, '')}Z`));
}

/** A distinguished name with a common name alone. */
function nameOf(commonName: string): Buffer {
  return sequence(tagged(0x31, sequence(oid('2.5.4.3'), tagged(0x0c, Buffer.from(commonName)))));
}

function extension(id: string, content: Buffer, isCritical = false): Buffer {
  const critical = isCritical ? [tagged(0x01, Buffer.of(0xff))] : [];
  return sequence(oid(id), ...critical, tagged(0x04, content));
}

const IS_CA = extension('2.5.29.19', sequence(tagged(0x01, Buffer.of(0xff))), true);

function restrictTo(purpose: 'serverAuth' | 'clientAuth'): Buffer {
  return extension('2.5.29.37', sequence(oid(`1.3.6.1.5.5.7.3.${purpose === 'serverAuth' ? 1 : 2}`)));
}

function nameAlternatives(list: string): Buffer {
  const tags = { email: 0x81, DNS: 0x82, URI: 0x86 };
  const names = list.split(',').map((each) => {
    const [, kind = '', value = ''] = /^(\w+):(.*)$/.exec(each) ?? [];
    if (kind === 'RID') return tagged(0x88, oid(value).subarray(2));
    if (kind === 'IP') return tagged(0x87, toBytes(value));
    if (kind === 'email' || kind === 'DNS' || kind === 'URI') return tagged(tags[kind], Buffer.from(value));
    throw new Error(`an alternative name of no known kind: ${each}`);
  });
  return extension('2.5.29.17', sequence(...names));
}

function toBytes(address: string): Buffer {
  if (isIPv4(address)) return Buffer.from(address.split('.').map(Number));
  const { address: full } = new SocketAddress({ address, family: 'ipv6' });
  const [head = '', tail = ''] = full.split('::');
  const groups = (part: string) => part.split(':').filter((group) => group !== '');
  const missing = full.includes('::') ? 8 - groups(head).length - groups(tail).length : 0;
  const all = [...groups(head), ...Array.from({ length: missing }, () => '0'), ...groups(tail)];
  return Buffer.from(all.map((group) => group.padStart(4, '0')).join(''), 'hex');
}
