import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { testWith } from '../support/programs.js';
import { readManifests, renderText } from './helm.js';
import { compile, validate } from './models.js';

const folder = fileURLToPath(new URL('../../deploy/kubernetes', import.meta.url));

const upstream = { url: 'http://zot.registry.svc:5000' };
const secret = (name: string, key: string) => ({ secret: { name, key } });
const ca = secret('zxp-tls', 'ca.crt');
const scraper = {
  tlsConfig: {
    ca: secret('prometheus-tls', 'ca.crt'),
    cert: secret('prometheus-tls', 'tls.crt'),
    keySecret: { name: 'prometheus-tls', key: 'tls.key' },
  },
};

interface Sort {
  /** What to know and to do before `kubectl apply`. */
  readonly head: string;
  readonly values: object;
}

const tlsSecret = 'zxp-tls         tls.crt, tls.key, ca.crt, for zxp.monitoring.svc; as cert-manager writes it';

/** The sorts of manifests, by the mode of authentication. */
const sorts: Readonly<Record<string, Sort>> = {
  none: {
    head: `zxp asks nobody who they are. What Prometheus sends goes through to the registry.
Secrets that it needs, in the same namespace:
  zot-reader      username, password: a user of the registry`,
    values: {
      upstream,
      serviceMonitor: { enabled: true, basicAuth: { secretName: 'zot-reader' } },
      selfMonitor: { enabled: true },
    },
  },
  basic: {
    head: `zxp wants a user, over HTTPS, and asks the registry with what zxp.yml says.
Secrets that it needs, in the same namespace:
  zxp-config      zxp.yml: the config file, with the credentials for the registry
  zxp-web         web.yml: basic_auth_users, and tls_server_config with /etc/zxp/tls/tls.crt and tls.key
  ${tlsSecret}
  zxp-scraper     username, password: what Prometheus sends`,
    values: {
      existingConfigSecret: 'zxp-config',
      auth: { mode: 'basic', basic: { existingSecret: 'zxp-web' } },
      tls: { existingSecret: 'zxp-tls' },
      serviceMonitor: { enabled: true, basicAuth: { secretName: 'zxp-scraper' }, tlsConfig: { ca } },
      selfMonitor: { enabled: true, basicAuth: { secretName: 'zxp-scraper' }, tlsConfig: { ca } },
    },
  },
  bearer: {
    head: `zxp wants a token, over HTTPS, and asks the registry with what zxp.yml says.
Secrets that it needs, in the same namespace:
  zxp-config      zxp.yml: the config file, with the credentials for the registry
  zxp-tokens      tokens: a token a line, that of Prometheus among them
  ${tlsSecret}
  zxp-scraper     token: what Prometheus sends`,
    values: {
      existingConfigSecret: 'zxp-config',
      auth: { mode: 'bearer', bearer: { existingSecret: 'zxp-tokens' } },
      tls: { existingSecret: 'zxp-tls' },
      serviceMonitor: {
        enabled: true,
        authorization: { credentials: { name: 'zxp-scraper', key: 'token' } },
        tlsConfig: { ca },
      },
      selfMonitor: {
        enabled: true,
        authorization: { credentials: { name: 'zxp-scraper', key: 'token' } },
        tlsConfig: { ca },
      },
    },
  },
  mtls: {
    head: `zxp wants a certificate of its authority. What Prometheus sends besides goes through to the registry.
Secrets that it needs, in the same namespace:
  ${tlsSecret}
  prometheus-tls  tls.crt, tls.key, ca.crt: the certificate of Prometheus, of the same authority
  zot-reader      username, password: a user of the registry`,
    values: {
      upstream,
      auth: { mode: 'mtls' },
      tls: { existingSecret: 'zxp-tls' },
      serviceMonitor: { enabled: true, basicAuth: { secretName: 'zot-reader' }, ...scraper },
      selfMonitor: { enabled: true, ...scraper },
    },
  },
};

test('there is a manifest for each mode, and no other', () => {
  expect(readdirSync(folder)).toEqual(
    Object.keys(sorts)
      .sort()
      .map((name) => `${name}.yaml`),
  );
});

describe('the manifests', () => {
  for (const [name, sort] of Object.entries(sorts)) {
    // To write them again after a change of the chart: npm run test:deploy -- kubernetes -u
    testWith('helm', `${name}.yaml is what the chart renders`, async () => {
      const text = toPlain(name, sort, await renderText(sort.values));
      await expect(text).toMatchFileSnapshot(join(folder, `${name}.yaml`));
      const manifests = readManifests(text);
      for (const manifest of manifests) validate(manifest);
      expect(await compile(manifests)).toBe('');
    });
  }
});

/** Without what only Helm would go by, and what Helm 3 and 4 do not agree in: empty lines. With a word on what to bring. */
function toPlain(name: string, sort: Sort, rendered: string): string {
  const head = `zxp with auth.mode ${name}, as the chart in deploy/helm/zxp renders it.\n${sort.head}
Without the Prometheus operator, leave out the documents of the kind ServiceMonitor.
kubectl create namespace monitoring; kubectl apply -f ${name}.yaml`;
  const comment = head.replaceAll(/^/gm, '# ');
  const lines = rendered
    .split('\n')
    .filter((line) => !/^$|^# Source:|^\s+(helm\.sh\/chart|app\.kubernetes\.io\/managed-by):/.test(line));
  return `${comment}\n${lines.join('\n')}\n`;
}
