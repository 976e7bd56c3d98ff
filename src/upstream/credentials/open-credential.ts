import { ZxpError } from '../../model/errors.js';
import type { CredentialSpec, ProxySpec, TlsSpec } from '../../model/module.js';
import type { MonotonicClock } from '../../model/ports.js';
import type { Transport } from '../http/pool-manager.js';
import { createAskBeside } from './auth-server-client.js';
import { createAuthorization } from './authorization.js';
import { createBasic } from './basic.js';
import { type Credential, passThrough } from './credential.js';
import { createLogin, type LoginRecipe } from './login.js';
import { createOauth2 } from './oauth2.js';
import { createRegistryToken } from './registry-token.js';
import { createRealmFetcher } from './token-realm.js';

/** How the servers beside the targets are reached. */
export interface TransportSpec {
  readonly tls: TlsSpec | undefined;
  readonly proxy: ProxySpec | undefined;
  readonly exemptHosts: readonly string[];
  /** How messages call the server. */
  readonly peer: string;
}

export interface CredentialMeans {
  /** The module's, for its targets. */
  readonly tls: TlsSpec | undefined;
  readonly proxy: ProxySpec | undefined;
  readonly openTransport: (spec: TransportSpec) => Transport;
  /** Hosts that the module names. */
  readonly exemptHosts: readonly string[];
  readonly recipe: LoginRecipe | undefined;
  readonly userAgent: string;
  readonly now: MonotonicClock;
  readonly clock: () => Date;
}

/** Who asks, as the spec says it, with connections of its own to whoever gives tokens. */
export function openCredential(spec: CredentialSpec | undefined, means: CredentialMeans): Credential {
  const { userAgent, now, clock, recipe } = means;
  switch (spec?.kind) {
    case undefined:
      return passThrough;
    case 'basic':
      return createBasic(spec);
    case 'authorization':
      return createAuthorization(spec);
    case 'oauth2': {
      const exemptHosts = [spec.tokenUrl.hostname];
      const { tls, proxy } = spec;
      const transport = means.openTransport({ tls, proxy, exemptHosts, peer: 'the token endpoint' });
      const askBeside = createAskBeside(() => transport);
      return createOauth2({ spec, askBeside, userAgent, now, clock, close: () => transport.close() });
    }
    case 'registry_token': {
      const hosts = spec.realms.map((origin) => new URL(origin).hostname);
      const { askBeside, close } = openBeside(means, { peer: 'the token server', hosts });
      const fetchToken = createRealmFetcher({ realms: spec.realms, askBeside, userAgent });
      return createRegistryToken({ spec, fetchToken, now, close });
    }
    case 'login': {
      if (recipe === undefined) throw new ZxpError('internal', 'there is no recipe for the login');
      const hosts = typeof spec.url === 'string' ? [] : [spec.url.hostname];
      const { askBeside, close } = openBeside(means, { peer: 'the login', hosts });
      return createLogin({ spec, recipe, askBeside, userAgent, now, close });
    }
  }
}

/** The way to a server that belongs to the targets: as to these, but the name in their certificates is theirs alone. */
function openBeside(
  means: CredentialMeans,
  { peer, hosts }: { readonly peer: string; readonly hosts: readonly string[] },
) {
  const { tls, proxy } = means;
  const open = (own: TlsSpec | undefined) =>
    means.openTransport({ tls: own, proxy, exemptHosts: [...means.exemptHosts, ...hosts], peer });
  const near = open(tls);
  const far = tls?.serverName === undefined ? near : open({ ...tls, serverName: undefined });
  return {
    askBeside: createAskBeside(({ url, target }) => (url.origin === target?.origin ? near : far)),
    close: async () => {
      await Promise.all([near.close(), far.close()]);
    },
  };
}
