import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { testWith } from '../support/programs.js';
import { chart, renderText } from './helm.js';

const url = { upstream: { url: 'http://zot:5000' } };
const key = (name: string) => ({ name, key: 'x' });
const user = { basicAuth: { secretName: 'user' } };
const token = { authorization: { credentials: key('token') } };
const certificate = {
  tlsConfig: { ca: { secret: key('tls') }, cert: { secret: key('tls') }, keySecret: key('tls') },
};
const hash = '$2b$10$aFaXyz1rkkr7jIcUi33ePu2RZVgxW737KhgQgJ29c9dWZc0sqOb1G';
const basic = { auth: { mode: 'basic', basic: { existingSecret: 'web' } } };
const bearer = { auth: { mode: 'bearer', bearer: { existingSecret: 'tokens' } } };
const mtls = { auth: { mode: 'mtls' }, tls: { existingSecret: 'tls' } };
const monitor = (settings: object) => ({ serviceMonitor: { enabled: true, ...settings } });

/** Values, and every line that helm must say of them. */
const contradictions: readonly (readonly [values: object, lines: readonly string[]])[] = [
  [{}, ['upstream.url, config or existingConfigSecret is required: one of them says what zxp requests']],
  [
    { config: { modules: {} }, existingConfigSecret: 'config' },
    ['config and existingConfigSecret cannot both be set: zxp reads one file'],
  ],
  [
    { upstream: { url: 'http://zot:5000', module: 'zot' }, config: { upstream: 'http://zot:5000', module: 'zot' } },
    [
      'upstream.url and config.upstream cannot both be set: they are the same setting',
      'upstream.module and config.module cannot both be set: they are the same setting',
    ],
  ],
  [
    { upstream: { url: 'http://alice:wonderland@zot:5000' } },
    [
      'upstream.url has a user in it, which everybody could read: give the credentials to a module in config, or let the scraper send its own',
    ],
  ],
  [
    {
      config: {
        upstream: 'http://zot:5000',
        web: { listen_addresses: [':9'], max_requests: 9, config_file: 'web.yml' },
      },
    },
    [
      'config.web.listen_addresses is set by the chart: use auth and tls',
      'config.web.config_file is set by the chart: use auth and tls',
    ],
  ],
  [
    { ...url, extraArgs: ['--web.auth.mode=none', '--log.level=debug', '--config.file', 'x'] },
    [
      'extraArgs has --web.auth.mode, which is set by the chart: use upstream, config, auth and tls',
      'extraArgs has --config.file, which is set by the chart: use upstream, config, auth and tls',
    ],
  ],
  [
    { ...url, auth: { basic: { existingSecret: 'web' } } },
    ['auth.basic.existingSecret is set, and auth.mode is none: set auth.mode to basic, or leave it out'],
  ],
  [
    { ...url, auth: { ...basic.auth, bearer: { existingSecret: 'tokens' } } },
    ['auth.bearer.existingSecret is set, and auth.mode is basic: set auth.mode to bearer, or leave it out'],
  ],
  [
    { ...url, ...bearer, auth: { ...bearer.auth, mtls: { allowedSans: ['a'] } } },
    ['auth.mtls.allowedSans is set, and auth.mode is bearer: set auth.mode to mtls, or leave it out'],
  ],
  [
    { ...url, auth: { mode: 'basic' } },
    ['auth.basic.users or auth.basic.existingSecret is required: auth.mode is basic'],
  ],
  [
    { ...url, auth: { mode: 'basic', basic: { existingSecret: 'web', users: { alice: hash } } } },
    ['auth.basic.users and auth.basic.existingSecret cannot both be set: zxp reads one web config'],
  ],
  [
    { ...url, auth: { mode: 'bearer' } },
    ['auth.bearer.tokens or auth.bearer.existingSecret is required: auth.mode is bearer'],
  ],
  [
    { ...url, auth: { mode: 'mtls' } },
    ['tls.existingSecret is required: auth.mode is mtls, which needs tls.crt, tls.key and ca.crt'],
  ],
  [
    { ...url, ...monitor({}), podMonitor: { enabled: true } },
    ['serviceMonitor.enabled and podMonitor.enabled cannot both be true: the upstream would be asked twice'],
  ],
  [
    { config: { modules: {} }, ...monitor({}) },
    [
      "upstream.url or config.upstream is required: serviceMonitor and podMonitor scrape /metrics, which is one upstream's; for others, use probes",
    ],
  ],
  [
    {
      ...url,
      probes: [
        { name: 'a', target: 'a' },
        { name: 'b', target: 'b' },
        { name: 'a', target: 'c' },
      ],
    },
    ['probes has a twice: the name is that of an object'],
  ],
  [
    { ...url, ...basic, ...monitor({}) },
    ['serviceMonitor.basicAuth.secretName is required: auth.mode is basic, and zxp accepts only requests with a user'],
  ],
  [
    { ...url, ...basic, podMonitor: { enabled: true, ...token } },
    [
      'podMonitor.basicAuth.secretName is required: auth.mode is basic, and zxp accepts only requests with a user',
      'podMonitor.authorization does not go with auth.mode basic: use podMonitor.basicAuth',
    ],
  ],
  [
    { ...url, ...bearer, selfMonitor: { enabled: true, ...user } },
    [
      'selfMonitor.authorization is required: auth.mode is bearer, and zxp accepts only requests with a token',
      'selfMonitor.basicAuth does not go with auth.mode bearer: use selfMonitor.authorization',
    ],
  ],
  [
    { ...url, ...monitor({ ...user, ...token }) },
    [
      'serviceMonitor.basicAuth and serviceMonitor.authorization cannot both be set: a request has one Authorization header',
    ],
  ],
  [
    { ...url, ...mtls, ...monitor({}) },
    ['ca', 'cert', 'keySecret'].map((name) => `serviceMonitor.tlsConfig.${name} is required: auth.mode is mtls`),
  ],
  [
    { ...url, ...mtls, probes: [{ name: 'a', target: 'a', tlsConfig: { ca: { secret: key('tls') } } }] },
    ['cert', 'keySecret'].map((name) => `probes[a].tlsConfig.${name} is required: auth.mode is mtls`),
  ],
  [
    { ...url, ...monitor(certificate) },
    ['serviceMonitor.tlsConfig is set, and zxp speaks plain HTTP: set tls.existingSecret, or leave it out'],
  ],
  [
    { ...url, podDisruptionBudget: { enabled: true } },
    ['podDisruptionBudget needs one of minAvailable and maxUnavailable'],
  ],
  [
    { ...url, podDisruptionBudget: { enabled: true, minAvailable: 0, maxUnavailable: 1 } },
    ['podDisruptionBudget needs one of minAvailable and maxUnavailable'],
  ],
  [
    { ...url, serviceAccount: { create: false, annotations: { a: 'b' } } },
    ['serviceAccount.annotations is set, and serviceAccount.create is false: the chart creates no account to annotate'],
  ],
  [
    { ...url, terminationGracePeriodSeconds: 20 },
    [
      'terminationGracePeriodSeconds is 20, which is not more than the drain timeout of 20 s: scrapes in flight would be cut',
    ],
  ],
  [
    { ...url, replicas: 3, autoscaling: { enabled: true, minReplicas: 4, maxReplicas: 2 } },
    [
      'replicas and autoscaling.enabled cannot both be set: use autoscaling.minReplicas',
      'autoscaling.maxReplicas is less than autoscaling.minReplicas',
    ],
  ],
  [
    { ...url, extraArgs: ['--web.workers=2'], extraEnv: [{ name: 'NODE_OPTIONS', value: '--no-warnings' }] },
    ['extraEnv has NODE_OPTIONS, which the chart sets for extraVolumeMounts and --web.workers: leave it out'],
  ],
  [
    { auth: { mode: 'bearer' }, tls: {}, podDisruptionBudget: { enabled: true } },
    [
      'upstream.url, config or existingConfigSecret is required: one of them says what zxp requests',
      'auth.bearer.tokens or auth.bearer.existingSecret is required: auth.mode is bearer',
      'podDisruptionBudget needs one of minAvailable and maxUnavailable',
    ],
  ],
];

describe('values that contradict each other fail the render, with every problem', () => {
  for (const [values, lines] of contradictions) {
    testWith('helm', `${JSON.stringify(values)}`, async () => {
      const message = await renderText(values).then(
        () => '',
        (error: Error) => error.message,
      );
      const said = [...message.matchAll(/^\* (.*)$/gm)].map((match) => match[1]);
      expect(said).toEqual(lines);
    });
  }
});

test('every problem that the chart knows has its case', () => {
  const lines = contradictions.flatMap(([, said]) => said);
  const messages = readFileSync(join(chart, 'templates/_checks.tpl'), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !/^\{\{-/.test(line) && !line.startsWith('{{/*'));
  expect(messages.length).toBeGreaterThan(20);
  const toPattern = (message: string) =>
    new RegExp(
      `^${message
        .split(/\{\{.*?\}\}/)
        .map((text) => text.replace(/[.*+?^$()[\]{}|\\]/g, '\\$&'))
        .join('.+')}$`,
    );
  expect(messages.filter((message) => !lines.some((line) => toPattern(message).test(line)))).toEqual([]);
});
