import type { ClientAuthType } from '../../model/access-policy.js';
import { readText, type Section } from '../section.js';
import type { ValueKind } from '../values.js';
import { isSaid } from './required-keys.js';

const TYPES: ReadonlyMap<string, ClientAuthType> = new Map([
  ['NoClientCert', 'NoClientCert'],
  ['RequestClientCert', 'RequestClientCert'],
  ['RequireAnyClientCert', 'RequireAnyClientCert'],
  ['VerifyClientCertIfGiven', 'VerifyClientCertIfGiven'],
  ['RequireAndVerifyClientCert', 'RequireAndVerifyClientCert'],
  // An old name for it, which exporter-toolkit takes still.
  ['RequireClientCert', 'RequireAnyClientCert'],
]);

const clientAuthType: ValueKind<ClientAuthType> = {
  isPublic: true,
  expected: `one of ${[...TYPES.keys()].join(', ')}`,
  words: [...TYPES.keys()],
  read: (value) => (typeof value === 'string' ? TYPES.get(value) : undefined),
};

/** Which certificates clients must have, apart from the CA that signed them. */
export interface ClientAuth {
  readonly clientAuthType: ClientAuthType;
  readonly isClientAuthSaid: boolean;
  readonly clientAllowedSans: readonly string[];
}

/** Reads the policy for clients' certificates. Under the mode mtls it is known, and may be said as well. */
export function readClientAuth(section: Section, isMutual: boolean): ClientAuth {
  const isTypeSaid = isSaid(section, 'client_auth_type');
  const type = isTypeSaid ? section.read('client_auth_type', clientAuthType) : undefined;
  const hasCa = ['client_ca', 'client_ca_file'].filter((key) => isSaid(section, key)).length > 0;
  const clientAllowedSans = isSaid(section, 'client_allowed_sans')
    ? section.list('client_allowed_sans').flatMap((cursor) => readText(cursor, section.reading) ?? [])
    : [];
  if (isMutual) checkMutual(section, { type, hasCa });
  // What could not be read has no rules to keep.
  else if (type !== undefined || !isTypeSaid) {
    checkAuthority(section, { type: type ?? 'NoClientCert', hasCa });
    checkSans(section, type ?? 'NoClientCert');
  }
  return {
    clientAuthType: isMutual ? 'RequireAndVerifyClientCert' : (type ?? 'NoClientCert'),
    isClientAuthSaid: isMutual || type !== undefined,
    clientAllowedSans,
  };
}

interface Policy {
  readonly type: ClientAuthType | undefined;
  readonly hasCa: boolean;
}

function checkMutual(section: Section, { type, hasCa }: Policy): void {
  if (!hasCa) section.refuse(section, 'has no CA for clients, and the mode is mtls', 'name it in client_ca_file');
  if (type === undefined || type === 'RequireAndVerifyClientCert') return;
  const hint = 'take it out, or the mode';
  section.refuse(section.placeOf('client_auth_type'), `is ${type}, and the mode is mtls`, hint);
}

function checkAuthority(section: Section, { type, hasCa }: Policy): void {
  const isVerified = type === 'VerifyClientCertIfGiven' || type === 'RequireAndVerifyClientCert';
  if (hasCa && !isVerified) {
    const hint = 'client_auth_type: RequireAndVerifyClientCert, or the mode mtls, use it';
    const place = section.placeOf('client_ca', 'client_ca_file');
    section.refuse(place, `has no use: client_auth_type is ${type}, which verifies nobody`, hint);
  } else if (!hasCa && type === 'RequireAndVerifyClientCert') {
    const hint = 'name the CA in client_ca_file';
    section.refuse(section.placeOf('client_auth_type'), 'verifies every client, and there is no CA for them', hint);
  } else if (type === 'RequestClientCert' || type === 'RequireAnyClientCert') {
    const hint = 'RequireAndVerifyClientCert with a client_ca_file verifies it';
    section.warn(section.placeOf('client_auth_type'), `is ${type}: anybody can make such a certificate`, hint);
  }
}

/** Names in a certificate mean something where a client must show one. */
function checkSans(section: Section, type: ClientAuthType): void {
  const sans = isSaid(section, 'client_allowed_sans') ? section.take('client_allowed_sans') : undefined;
  if (sans === undefined || type === 'RequireAnyClientCert' || type === 'RequireAndVerifyClientCert') return;
  const hint = 'client_auth_type: RequireAndVerifyClientCert does';
  section.refuse(sans, `has no use: client_auth_type is ${type}, which requires no certificate`, hint);
}
