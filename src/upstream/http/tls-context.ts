import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import {
  type ConnectionOptions,
  checkServerIdentity,
  createSecureContext,
  DEFAULT_CIPHERS,
  type SecureContextOptions,
} from 'node:tls';
import { listCertificates } from '../../files/ca-certificates.js';
import { readSecret } from '../../files/secret-file.js';
import { ZxpError } from '../../model/errors.js';
import type { SecretSource, TlsSpec } from '../../model/module.js';

/** What a TLS connection is made of. A new object stands for new certificates. */
export interface TlsMaterial {
  readonly options: Pick<ConnectionOptions, 'secureContext' | 'rejectUnauthorized'>;
  /** The name that the server must have, in place of that of the URL. */
  readonly serverName: string | undefined;
}

/** Returns the active context. Throws `tls` where the files have never been usable. */
export type TlsSource = () => Promise<TlsMaterial>;

/** Whom a client trusts where no `ca` says so. */
export interface TlsTrust {
  readonly extraCa?: readonly string[] | undefined;
  readonly systemCa: readonly string[];
}

export interface TlsSourceOptions {
  readonly spec: TlsSpec | undefined;
  readonly trust: TlsTrust;
  /** Told once of each state of the files that cannot be used while an earlier one stays active. */
  readonly onUnusable?: ((error: ZxpError) => void) | undefined;
}

/** The PEM texts, as far as there are any. */
interface TlsTexts {
  readonly ca: string | undefined;
  readonly cert: string | undefined;
  readonly key: string | undefined;
}

/**
 * Reads the files of a TLS configuration at each call, and makes new material when one has changed. Certificate and key
 * are seldom replaced in the same instant: a state that cannot be used, or read, leaves the last one active.
 */
export function createTlsSource({ spec, trust, onUnusable }: TlsSourceOptions): TlsSource {
  let last: { readonly texts: TlsTexts; readonly material: TlsMaterial } | undefined;
  let lastProblem: string | undefined;
  let underWay: Promise<TlsMaterial> | undefined;

  const renew = async (): Promise<TlsMaterial> => {
    try {
      const texts = await readTexts(spec);
      if (last === undefined || !areEqual(last.texts, texts))
        last = { texts, material: makeMaterial(texts, spec, trust) };
      lastProblem = undefined;
    } catch (thrown) {
      if (last === undefined || !(thrown instanceof ZxpError)) throw thrown;
      if (thrown.message !== lastProblem) onUnusable?.(thrown);
      lastProblem = thrown.message;
    }
    return last.material;
  };
  return () => {
    underWay ??= renew().finally(() => {
      underWay = undefined;
    });
    return underWay;
  };
}

async function readTexts(spec: TlsSpec | undefined): Promise<TlsTexts> {
  const read = async (source: SecretSource | undefined) =>
    source === undefined ? undefined : readSecret(source, 'tls');
  const [ca, cert, key] = await Promise.all([read(spec?.ca), read(spec?.cert), read(spec?.key)]);
  return { ca, cert, key };
}

function areEqual(one: TlsTexts, other: TlsTexts): boolean {
  return one.ca === other.ca && one.cert === other.cert && one.key === other.key;
}

function makeMaterial({ ca, cert, key }: TlsTexts, spec: TlsSpec | undefined, trust: TlsTrust): TlsMaterial {
  const { minVersion, maxVersion, serverName } = spec ?? {};
  const options: SecureContextOptions = {
    ...(ca === undefined ? trustSystem(trust) : { ca: parseAuthorities(ca), allowPartialTrustChain: true }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(minVersion === undefined ? {} : { minVersion }),
    ...(maxVersion === undefined ? {} : { maxVersion }),
    // OpenSSL 3 has no cipher for the versions before 1.2 unless it is told that this is meant.
    ...(minVersion === 'TLSv1' || minVersion === 'TLSv1.1' ? { ciphers: `${DEFAULT_CIPHERS}:@SECLEVEL=0` } : {}),
  };
  try {
    // OpenSSL is content with a certificate without its key, and shows neither.
    if (cert === '' || key === '') throw new Error('the file is empty');
    const secureContext = createSecureContext(options);
    return { options: { secureContext, rejectUnauthorized: spec?.insecureSkipVerify !== true }, serverName };
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? ` (${String(cause.code)})` : '';
    throw new ZxpError('tls', `the client certificate and its key cannot be used${code}`, {
      cause,
      hint: 'they must be PEM, the key without a passphrase, and belong together',
    });
  }
}

function trustSystem({ extraCa, systemCa }: TlsTrust): SecureContextOptions {
  return extraCa === undefined ? {} : { ca: [...systemCa, ...extraCa] };
}

/** The certificates of a `ca`, which are trusted and no others. Those that cannot be parsed are passed over, as in Go. */
function parseAuthorities(pem: string): string[] {
  const certificates = listCertificates(pem).flatMap((block) => {
    try {
      return [new X509Certificate(block).toString()];
    } catch {
      return [];
    }
  });
  if (certificates.length === 0) {
    throw new ZxpError('tls', 'the ca of tls_config has no PEM certificate', {
      hint: 'without a CA, no certificate can be verified',
    });
  }
  return certificates;
}

/** How one server is called in the handshake, and whose name its certificate must bear. */
export function nameServer(
  hostname: string,
  serverName: string | undefined,
): Pick<ConnectionOptions, 'checkServerIdentity'> & { readonly servername: string } {
  if (serverName === undefined) return { servername: isIP(hostname) === 0 ? hostname.replace(/\.$/, '') : '' };
  if (isIP(serverName) === 0) return { servername: serverName };
  // No handshake can name an address (RFC 6066, 3); the certificate can.
  return { servername: '', checkServerIdentity: (_, certificate) => checkServerIdentity(serverName, certificate) };
}
