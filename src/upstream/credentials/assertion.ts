import { createPrivateKey, type KeyObject, randomUUID } from 'node:crypto';
import { ZxpError } from '../../model/errors.js';
import type { AssertionSpec, Oauth2Spec } from '../../model/module.js';

/** What a JWT is made of besides its spec. */
interface Signing extends Pick<Oauth2Spec, 'clientId' | 'scopes'> {
  /** In PEM. */
  readonly key: string;
  readonly now: Date;
}

const LIFETIME_SECONDS = 600;

/**
 * Signs the JWT by which a client requests a token (RFC 7523, 3), with the claims that prometheus/common gives it. Throws
 * `config` for a key that is none.
 */
export async function signAssertion(
  { algorithm: alg, keyId, issuer, audience, claims }: AssertionSpec,
  { key, now, clientId, scopes }: Signing,
): Promise<string> {
  // Few modules sign anything.
  const { SignJWT } = await import('jose');
  const issuedAt = Math.floor(now.getTime() / 1000);
  const payload = {
    iss: issuer,
    sub: clientId,
    jti: randomUUID(),
    aud: audience,
    iat: issuedAt,
    exp: issuedAt + LIFETIME_SECONDS,
    ...(scopes.length === 0 ? {} : { scope: scopes.join(' ') }),
    ...claims,
  };
  const header = { alg, typ: 'JWT', ...(keyId === undefined ? {} : { kid: keyId }) };
  return new SignJWT(payload).setProtectedHeader(header).sign(readKey(key));
}

function readKey(pem: string): KeyObject {
  const wrong = (what: string) =>
    new ZxpError('config', `client_certificate_key of oauth2 is ${what}`, {
      hint: 'an RSA key of 2048 bits at least, in PEM and without a passphrase',
    });
  try {
    const key = createPrivateKey(pem);
    const { modulusLength = 0 } = key.asymmetricKeyDetails ?? {};
    if (key.asymmetricKeyType !== 'rsa') throw wrong('no RSA key');
    if (modulusLength < 2048) throw wrong(`an RSA key of ${modulusLength} bits`);
    return key;
  } catch (thrown) {
    // What the parser says may hold parts of the key.
    throw thrown instanceof ZxpError ? thrown : wrong('no private key');
  }
}
