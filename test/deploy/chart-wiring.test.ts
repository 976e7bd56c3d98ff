import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { type DemoRegistry, startDemoRegistry } from '../../src/app/demo-registry.js';
import { eventually } from '../support/eventually.js';
import { forThisTest } from '../support/for-this-test.js';
import { type PrometheusServer, startPrometheus } from '../support/prometheus-tools.js';
import { makeTemporaryFolder } from '../support/temporary-folder.js';
import { type Authority, type CertificateSecret, makeAuthority } from './authority.js';
import { install, type Release, type Secrets } from './cluster.js';
import { chart } from './helm.js';
import { type ScrapeConfig, toScrapeConfigs } from './scrape-configs.js';

/** The scraper's side of a test: what Prometheus sends, and how the ones that it must not get in with differ. */
interface Case {
  readonly set: string;
  readonly secrets: () => Secrets;
  /** Whether the registry's metrics come through, and not only zxp's word that it is down. */
  readonly isUp: boolean;
  /** Scrapers that must not get in, by what is wrong with them; and what Prometheus says of it. */
  readonly intruders: Readonly<Record<string, (config: ScrapeConfig) => object>>;
  readonly refusal: RegExp;
}

const unauthorized = /HTTP status 401 Unauthorized/;
/** What it sees of a refused handshake: the alert, or the end of the connection behind it. */
const refusedHandshake = /tls: |connection reset by peer|broken pipe|EOF/;
const zxpConfig = () =>
  stringify({
    upstream: registry.url,
    module: 'registry',
    modules: {
      registry: {
        translator: 'zot',
        http_client_config: { basic_auth: { username: 'alice', password: 'wonderland' } },
      },
    },
  });
const withoutCredentials = ({ basic_auth: _, authorization: __, ...config }: ScrapeConfig) => config;

let registry: DemoRegistry;
let authority: Authority;
let zxpTls: CertificateSecret;
let prometheusTls: CertificateSecret;
let strangerTls: CertificateSecret;

describe('both sides that the chart renders fit', () => {
  beforeAll(async () => {
    registry = await startDemoRegistry(() => performance.now());
    authority = makeAuthority();
    zxpTls = authority.issue('zxp.monitoring.svc');
    prometheusTls = authority.issue('prometheus.monitoring.svc');
    strangerTls = makeAuthority().issue('prometheus.monitoring.svc');
    return registry.close;
  });

  const cases: readonly Case[] = [
    {
      set: 'basic',
      secrets: () => ({
        'zot-reader': { password: 'wonderland' },
        'zxp-tls': zxpTls,
        'zxp-scraper': { username: 'prometheus', password: 'example' },
      }),
      isUp: true,
      intruders: {
        'no password': withoutCredentials,
        'a wrong password': (config) => ({ ...config, basic_auth: { username: 'prometheus', password: 'guess' } }),
        "the registry's password": (config) => ({
          ...config,
          basic_auth: { username: 'alice', password: 'wonderland' },
        }),
      },
      refusal: unauthorized,
    },
    {
      set: 'basic-existing',
      secrets: () => ({
        'zxp-config': { 'zxp.yml': zxpConfig() },
        'zxp-web': { 'web.yml': stringify({ basic_auth_users: readUsersOf('basic') }) },
        'zxp-scraper': { user: 'prometheus', pass: 'example' },
      }),
      isUp: true,
      intruders: { 'no password': withoutCredentials },
      refusal: unauthorized,
    },
    {
      set: 'bearer',
      secrets: () => ({
        'zxp-config': { 'zxp.yml': zxpConfig() },
        'zxp-tokens': { tokens: 'old-token name=old\nthe-token name=prometheus\n' },
        'zxp-tls': zxpTls,
        'zxp-scraper': { token: 'the-token' },
        trust: { 'ca.crt': zxpTls['ca.crt'] },
      }),
      isUp: true,
      intruders: {
        'no token': withoutCredentials,
        'a wrong token': (config) => ({ ...config, authorization: { credentials: 'guess' } }),
      },
      refusal: unauthorized,
    },
    {
      set: 'bearer-digests',
      secrets: () => ({ 'zxp-scraper': { token: 'example' } }),
      // Its module has no credentials for the registry, and the token goes no further than zxp.
      isUp: false,
      intruders: { 'a wrong token': (config) => ({ ...config, authorization: { credentials: 'guess' } }) },
      refusal: unauthorized,
    },
    {
      set: 'mtls',
      secrets: () => ({
        'zxp-tls': zxpTls,
        'prometheus-tls': prometheusTls,
        'zot-reader': { username: 'alice', password: 'wonderland' },
      }),
      isUp: true,
      intruders: {
        'no certificate': (config) => withCertificate(config, undefined),
        'a certificate of another authority': (config) => withCertificate(config, strangerTls),
      },
      refusal: refusedHandshake,
    },
    {
      set: 'mtls-sans',
      secrets: () => ({ 'zxp-tls': authority.issue('zxp.example'), 'prometheus-tls': prometheusTls }),
      isUp: false,
      intruders: {
        'a certificate for another name': (config) => withCertificate(config, authority.issue('zxp.monitoring.svc')),
      },
      refusal: refusedHandshake,
    },
  ];

  test.each(cases)('$set: probes answer, Prometheus is accept, and nobody else is', async (each) => {
    const release = forThisTest(await install(readValues(each.set), each.secrets()));
    expect(await release.askProbes()).toEqual([200, 200]);
    const right = toConfigs(release, each.secrets());
    const intruders = Object.entries(each.intruders).flatMap(([name, turn]) =>
      right.map((config) => ({ ...turn(config), ...renamed(config, `${config.job_name} with ${name}`) })),
    );
    const prometheus = forThisTest(await startPrometheus(stringify([...right, ...intruders])));
    for (const { job_name: job } of right) {
      await untilEqual(prometheus, `up{job="${job}"}`, 1);
    }
    await untilEqual(prometheus, `target_up{job!~".*-self"}`, each.isUp ? 1 : 0);
    for (const { job_name: job } of intruders) {
      await untilEqual(prometheus, `up{job="${job}"}`, 0);
      expect(await findError(prometheus, job)).toMatch(each.refusal);
    }
  });

  test("none: a scraper's user goes through, and a wrong one is told as such", async () => {
    const secrets = { 'zot-reader': { username: 'alice', password: 'wonderland' } };
    const release = forThisTest(await install(readValues('none'), secrets));
    expect(await release.askProbes()).toEqual([200, 200]);
    const [own, ...others] = toConfigs(release, secrets);
    const guess = { ...(others[0] ?? own), job_name: 'guess', basic_auth: { username: 'alice', password: 'guess' } };
    const prometheus = forThisTest(await startPrometheus(stringify([own, ...others, guess])));
    await untilEqual(prometheus, 'up{job="zxp-self"}', 1);
    await untilEqual(prometheus, 'target_up{job="zxp"}', 1);
    await untilEqual(prometheus, 'target_scrape_error{job="guess", reason="unauthorized"}', 1);
  });
});

/** The values of a set, with the registry of this test in place of those that it names. */
function readValues(set: string): object {
  const text = readFileSync(join(chart, 'ci', `${set}.yaml`), 'utf8');
  return parse(text.replaceAll(/http:\/\/zot:5000|https:\/\/shop\.example/g, registry.url), { merge: true });
}

function readUsersOf(set: string): unknown {
  const values: { readonly auth: { readonly basic: { readonly users: unknown } } } = parse(
    readFileSync(join(chart, 'ci', `${set}.yaml`), 'utf8'),
  );
  return values.auth.basic.users;
}

function toConfigs(release: Release, secrets: Secrets): readonly ScrapeConfig[] {
  const folder = forThisTest(makeTemporaryFolder());
  return toScrapeConfigs(release.manifests, { secrets, folder, addressOf: release.addressOf });
}

/** Another job: with a relabeling, an endpoint can give the job a name of its own. */
function renamed({ relabel_configs }: ScrapeConfig, name: string): ScrapeConfig {
  return { job_name: name, relabel_configs: relabel_configs.filter(({ target_label }) => target_label !== 'job') };
}

function withCertificate(config: ScrapeConfig, certificate: CertificateSecret | undefined): object {
  const { ca_file, server_name } = config.tls_config as Record<string, string>;
  const folder = forThisTest(makeTemporaryFolder());
  const shown =
    certificate === undefined
      ? {}
      : {
          cert_file: folder.write('tls.crt', certificate['tls.crt']),
          key_file: folder.write('tls.key', certificate['tls.key']),
        };
  return { ...config, tls_config: { ca_file, server_name, ...shown } };
}

/** Waits for a query to give series, all of this value. */
async function untilEqual(prometheus: PrometheusServer, promql: string, value: number): Promise<void> {
  await eventually(
    `${promql} is ${value}`,
    async () => {
      const results = await prometheus.query(promql);
      return results.length > 0 && results.every((result) => result.value === value);
    },
    15_000,
  );
}

/** What Prometheus says of a job's target on its page. */
async function findError(prometheus: PrometheusServer, job: string): Promise<string | undefined> {
  const answer = (await (await fetch(`${prometheus.url}/api/v1/targets`)).json()) as {
    readonly data: {
      readonly activeTargets: readonly { readonly scrapePool: string; readonly lastError: string }[];
    };
  };
  return answer.data.activeTargets.find(({ scrapePool }) => scrapePool === job)?.lastError;
}
