import { isHeaderText } from '../../model/header-syntax.js';
import type { BasicSpec, CredentialSpec, DigestSpec, RegistryTokenSpec } from '../../model/module.js';
import { Secret } from '../../model/secret.js';
import { parseUrl } from '../../model/url.js';
import { readSecret } from '../secret-source.js';
import { readText, Section } from '../section.js';

/** `digest_auth`: a user and a password, which RFC 7616 proves without sending them. */
export function readDigestAuth(section: Section): DigestSpec | undefined {
  const inner = section.section('digest_auth');
  if (inner === undefined) return undefined;
  const username = readSecret(inner, 'username');
  const password = readSecret(inner, 'password');
  if (username === undefined)
    inner.needs('username', { hint: 'digest_auth: { username: zxp, password_file: zxp.pw }' });
  inner.finish();
  return username === undefined ? undefined : { kind: 'digest', username, password };
}

/** `basic_auth` of prometheus/common: a user without a password, and a password without a user, are allowed. */
export function readBasicAuth(section: Section): BasicSpec | undefined {
  const inner = section.section('basic_auth');
  if (inner === undefined) return undefined;
  const username = readSecret(inner, 'username') ?? { inline: new Secret('') };
  const password = readSecret(inner, 'password');
  inner.finish();
  return { username, password };
}

/** `authorization` of prometheus/common. Without credentials the scheme is sent alone. */
export function readAuthorization(section: Section): CredentialSpec | undefined {
  const inner = section.section('authorization');
  if (inner === undefined) return undefined;
  const scheme = inner.text('type')?.trim() || 'Bearer';
  if (scheme.toLowerCase() === 'basic') inner.refuse(inner.placeOf('type'), 'cannot be basic', 'use basic_auth');
  if (!isHeaderText(scheme)) inner.refuse(inner.placeOf('type'), 'has a line break or a control character');
  const credentials = readSecret(inner, 'credentials') ?? { inline: new Secret('') };
  inner.finish();
  return { kind: 'authorization', scheme, credentials };
}

/** `bearer_token` and `bearer_token_file` of prometheus/common. */
export function readBearer(section: Section): CredentialSpec | undefined {
  const credentials = readSecret(section, 'bearer_token');
  return credentials === undefined ? undefined : { kind: 'authorization', scheme: 'Bearer', credentials };
}

/** `registry_token`; one that is empty counts all the same. */
export function readRegistryToken(module: Section): RegistryTokenSpec | undefined {
  const cursor = module.takeAny('registry_token');
  const section = cursor?.isNull === true ? Section.open(cursor, module.reading) : module.section('registry_token');
  if (section === undefined) return undefined;
  const realms = section.list('realms').flatMap((each) => {
    const text = readText(each, module.reading) ?? '';
    const origin = parseUrl(text)?.origin;
    if (/^https?:\/\/[^/?#@*\\\s]+\/?$/i.test(text) && origin !== undefined) return [origin];
    module.refuse(each, 'must be an origin such as https://auth.example or http://auth.example:5001');
    return [];
  });
  const basic = readBasicAuth(section);
  section.finish();
  return { kind: 'registry_token', realms, basic };
}
