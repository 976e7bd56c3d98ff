import type { X509Certificate } from 'node:crypto';
import type { AuthExpiries } from '../model/auth-metrics.js';
import type { LoadedPolicy } from './policy-files.js';

/** When what the door is made of comes to its end. */
export function findExpiries({ tls, tokens }: LoadedPolicy): AuthExpiries {
  return {
    certificateExpiry: tls === undefined ? undefined : toSeconds(tls.certificate),
    clientCaExpiry: tls?.authorities === undefined ? undefined : Math.min(...tls.authorities.map(toSeconds)),
    tokenExpiries: tokens.flatMap(({ name, where, expiresMs }) =>
      expiresMs === undefined ? [] : [{ name: name ?? where, expiry: expiresMs / 1000 }],
    ),
  };
}

function toSeconds({ validTo }: X509Certificate): number {
  return Date.parse(validTo) / 1000;
}
