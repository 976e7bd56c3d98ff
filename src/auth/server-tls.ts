import { constants, createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import type { Socket } from 'node:net';
import { createSecureContext, DEFAULT_CIPHERS, type SecureContextOptions } from 'node:tls';
import { listCertificates } from '../files/ca-certificates.js';
import { readSecretText } from '../files/secret-file.js';
import type { ServerTlsSpec } from '../model/access-policy.js';
import { type Problem, toZxpError } from '../model/errors.js';
import type { SecretSource } from '../model/module.js';
import type { CertificateCheck, ClientConnection, ClientTrust } from './client-certificate.js';

/** What handshakes from now on are made with. */
export interface TlsState {
  readonly context: SecureContextOptions;
  readonly trust: ClientTrust;
}

/** TLS of a listener. */
export interface ListenerTls {
  /** The active one; undefined is not to be, as TLS cannot be taken away from a listener. */
  readonly state: () => TlsState | undefined;
  readonly requestsCertificate: boolean;
  /** Whether OpenSSL is to fail each handshake whose certificate it cannot verify up to a root. */
  readonly needsRoot: boolean;
  /** Checks each connection before its first request; undefined allows every one. */
  readonly checkCertificate: () => CertificateCheck | undefined;
  /** Where what a connection presented is found again by its socket. */
  readonly connections: WeakMap<Socket, ClientConnection>;
}

/** TLS of the listener, its files read. */
export interface ServerTls {
  readonly context: SecureContextOptions;
  readonly certificate: X509Certificate;
  /** Undefined for the system's roots. */
  readonly authorities: readonly X509Certificate[] | undefined;
}

/** Notes a problem; the undefined that it returns is the result of what failed. */
type Refuse = (message: string, hint: string) => undefined;

/** Reads certificate, key and client CA. Undefined, with every problem noted, where one of them is invalid. */
export async function readServerTls(spec: ServerTlsSpec, problems: Problem[]): Promise<ServerTls | undefined> {
  const refuse: Refuse = (message, hint) => {
    problems.push({ where: spec.where, message, hint });
    return undefined;
  };
  const [certPem, keyPem, caPem] = await Promise.all([
    readPem(spec.cert, 'cert', refuse),
    readPem(spec.key, 'key', refuse),
    spec.clientCa === undefined ? undefined : readPem(spec.clientCa, 'client_ca', refuse),
  ]);
  const certificates = certPem === undefined ? undefined : parseCertificates(certPem, refuse);
  const key = keyPem === undefined ? undefined : parseKey(keyPem, refuse);
  const authorities = caPem === undefined ? undefined : parseCertificates(caPem, refuse);
  const [certificate] = certificates ?? [];
  if (certificate === undefined || key === undefined || (spec.clientCa !== undefined && authorities === undefined)) {
    return undefined;
  }
  if (!certificate.checkPrivateKey(key)) {
    return refuse(`has ${keyPem?.name} that is not the key of ${certPem?.name}`, 'they belong together: replace both');
  }
  const context = toContext(spec, { certificates: certificates ?? [], key, authorities });
  return isUsable(context, refuse) ? { context, certificate, authorities } : undefined;
}

interface Pem {
  readonly text: string;
  /** Its name in messages: `cert_file /etc/zxp/tls.crt`. */
  readonly name: string;
}

async function readPem(source: SecretSource, key: string, refuse: Refuse): Promise<Pem | undefined> {
  const name = 'inline' in source ? key : `${key}_file ${source.file}`;
  try {
    const text = await readSecretText(source);
    return text === '' ? refuse(`has ${name}, which is empty`, 'it must be PEM') : { text, name };
  } catch (thrown) {
    const { message, hint } = toZxpError(thrown);
    return refuse(`has ${name}, which is unavailable: ${message}`, hint ?? '');
  }
}

/** Every certificate of a PEM text: one that cannot be parsed would be left out in silence. */
function parseCertificates({ text, name }: Pem, refuse: Refuse): readonly X509Certificate[] | undefined {
  const blocks = listCertificates(text);
  if (blocks.length === 0) {
    return refuse(`has ${name} without a PEM certificate`, findTextProblem(text) ?? '-----BEGIN CERTIFICATE-----');
  }
  try {
    return blocks.map((block) => new X509Certificate(block));
  } catch {
    const hint = findTextProblem(text) ?? 'openssl x509 -text -in FILE';
    return refuse(`has ${name} with a certificate that cannot be parsed`, hint);
  }
}

function parseKey({ text, name }: Pem, refuse: Refuse): KeyObject | undefined {
  try {
    return createPrivateKey(text);
  } catch {
    const hint = findTextProblem(text) ?? 'it must be PEM, without a passphrase';
    return refuse(`has ${name} without a private key that can be read`, hint);
  }
}

/** What copying and saving does to PEM, and nobody sees. */
function findTextProblem(text: string): string | undefined {
  if (text.includes('\0')) return 'it is UTF-16: save it as UTF-8';
  if (text.includes('\u00a0')) return 'it has a no-break space (U+00A0), as texts from web pages have: copy it again';
  return undefined;
}

interface Parts {
  readonly certificates: readonly X509Certificate[];
  readonly key: KeyObject;
  readonly authorities: readonly X509Certificate[] | undefined;
}

function toContext(spec: ServerTlsSpec, { certificates, key, authorities }: Parts): SecureContextOptions {
  const toPem = (each: X509Certificate) => each.toString();
  const ciphers = toCiphers(spec);
  return {
    cert: certificates.map(toPem).join(''),
    key: key.export({ type: 'pkcs8', format: 'pem' }),
    ...(authorities === undefined ? {} : { ca: authorities.map(toPem) }),
    minVersion: spec.minVersion,
    ...(spec.maxVersion === undefined ? {} : { maxVersion: spec.maxVersion }),
    ...(ciphers === undefined ? {} : { ciphers }),
    ...(spec.curves.length === 0 ? {} : { ecdhCurve: spec.curves.join(':') }),
    honorCipherOrder: spec.prefersServerCiphers,
    // What a client presented in its handshake holds for the whole connection.
    secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
  };
}

/** OpenSSL 3 has no cipher for the versions before 1.2 without a security level of 0. */
function toCiphers({ ciphers, minVersion }: ServerTlsSpec): string | undefined {
  const isOld = minVersion === 'TLSv1' || minVersion === 'TLSv1.1';
  if (ciphers.length === 0 && !isOld) return undefined;
  return `${ciphers.length === 0 ? DEFAULT_CIPHERS : ciphers.join(':')}${isOld ? ':@SECLEVEL=0' : ''}`;
}

function isUsable(context: SecureContextOptions, refuse: Refuse): boolean {
  try {
    createSecureContext(context);
    return true;
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'without a code';
    refuse(`cannot be used for TLS (OpenSSL's error ${code})`, 'check cipher_suites, curve_preferences and the key');
    return false;
  }
}
