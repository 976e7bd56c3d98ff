import { nameSecret, readSecret, toHeaderValue } from '../../files/secret-file.js';
import { ZxpError } from '../../model/errors.js';
import type { LoginRecipe } from '../../model/login.js';
import type { CredentialSpec, ProxySpec, SecretSource, TlsSpec } from '../../model/module.js';
import type { MonotonicClock } from '../../model/ports.js';
import type { PoolManager } from '../http/pool-manager.js';
import { createAuthServerClient } from './auth-server-client.js';
import { createBasic } from './basic.js';
import { type Credential, createFixedCredential, passThrough } from './credential.js';
import { createDigest } from './digest.js';
import { createLogin } from './login.js';
import { createOauth2 } from './oauth2.js';
import { createRegistryToken } from './registry-token.js';
import { createRealmFetcher } from './token-realm.js';

/** How servers other than the targets are reached. */
export interface PoolManagerSpec {
  readonly tls: TlsSpec | undefined;
  readonly proxy: ProxySpec | undefined;
  readonly exemptHosts: readonly string[];
  /** How messages call the server. */
  readonly peer: string;
}

export interface CredentialDeps {
  /** The module's, for its targets. */
  readonly tls: TlsSpec | undefined;
  readonly proxy: ProxySpec | undefined;
  readonly openPoolManager: (spec: PoolManagerSpec) => PoolManager;
  /** Hosts that the module names. */
  readonly exemptHosts: readonly string[];
  readonly recipe: LoginRecipe | undefined;
  readonly userAgent: string;
  readonly now: MonotonicClock;
  readonly clock: () => Date;
}

/** The identity that requests, as the spec says it, with connections of its own to the server that issues tokens. */
export function openCredential(spec: CredentialSpec | undefined, means: CredentialDeps): Credential {
  const { userAgent, now, clock, recipe } = means;
  switch (spec?.kind) {
    case undefined:
      return passThrough;
    case 'basic':
      return createBasic(spec);
    case 'digest':
      return createDigest(spec);
    case 'authorization':
      return createAuthorization(spec);
    case 'oauth2': {
      const exemptHosts = [spec.tokenUrl.hostname];
      const { tls, proxy } = spec;
      const transport = means.openPoolManager({ tls, proxy, exemptHosts, peer: 'the token endpoint' });
      const authServerClient = createAuthServerClient(() => transport);
      return createOauth2({ spec, authServerClient, userAgent, now, clock, close: () => transport.close() });
    }
    case 'registry_token': {
      const hosts = spec.realms.map((origin) => new URL(origin).hostname);
      const { authServerClient, close } = openBeside(means, { peer: 'the token server', hosts });
      const fetchToken = createRealmFetcher({ realms: spec.realms, authServerClient, userAgent });
      return createRegistryToken({ spec, fetchToken, now, close });
    }
    case 'login': {
      if (recipe === undefined) throw new ZxpError('internal', 'there is no recipe for the login');
      const hosts = typeof spec.url === 'string' ? [] : [spec.url.hostname];
      const { authServerClient, close } = openBeside(means, { peer: 'the login', hosts });
      return createLogin({ spec, recipe, authServerClient, userAgent, now, close });
    }
  }
}

/** The way to a server that belongs to the targets: as to these, but the name in their certificates is theirs alone. */
function openBeside(
  means: CredentialDeps,
  { peer, hosts }: { readonly peer: string; readonly hosts: readonly string[] },
) {
  const { tls, proxy } = means;
  const open = (own: TlsSpec | undefined) =>
    means.openPoolManager({ tls: own, proxy, exemptHosts: [...means.exemptHosts, ...hosts], peer });
  const near = open(tls);
  const far = tls?.serverName === undefined ? near : open({ ...tls, serverName: undefined });
  return {
    authServerClient: createAuthServerClient(({ url, target }) => (url.origin === target?.origin ? near : far)),
    close: async () => {
      await Promise.all([near.close(), far.close()]);
    },
  };
}

/** A scheme and what comes after it, its file read again for each request. */
function createAuthorization(spec: { readonly scheme: string; readonly credentials: SecretSource }): Credential {
  const { scheme, credentials } = spec;
  return createFixedCredential(async () => {
    const text = await readSecret(credentials);
    return toHeaderValue(`${scheme} ${text}`, nameSecret(credentials, 'the value of authorization'));
  });
}
