import { describe, expect, test } from 'vitest';
import { loadProxyConfiguration } from '../../src/cli/proxy-settings.js';
import { proxySettingRows } from '../../src/config/tunnel/proxy-settings.js';
import { toZxpError } from '../../src/model/errors.js';
import { createContext } from '../support/cli-context.js';
import { forThisTest } from '../support/for-this-test.js';
import { makeTemporaryFolder } from '../support/temporary-folder.js';

interface Given {
  readonly file?: { readonly name: string; readonly text: string };
  readonly flags?: Readonly<Record<string, readonly string[]>>;
  readonly environment?: Readonly<Record<string, string>>;
}

async function load({ file, flags = {}, environment = {} }: Given = {}) {
  const folder = forThisTest(makeTemporaryFolder());
  const path = file === undefined ? {} : { 'config.file': [folder.write(file.name, file.text)] };
  const values = new Map(Object.entries({ ...path, ...flags }));
  return loadProxyConfiguration(createContext(environment), { values, problems: [], words: [] });
}

async function problemsOf(given: Given): Promise<readonly string[]> {
  const thrown = await load(given).then(
    () => undefined,
    (error: unknown) => toZxpError(error),
  );
  return thrown?.problems.map(({ where, message }) => `${where.replace(/^.*\//, '')} ${message}`) ?? [];
}

describe('the settings of a proxy', () => {
  test('without a file are an open tunnel on 50051, and HTTP on 8080', async () => {
    const { spec, settings } = await load();
    expect(spec.listenAddresses).toEqual([{ host: undefined, port: 50_051 }]);
    expect(settings.web.listenAddresses).toEqual([{ host: undefined, port: 8080 }]);
    const row = proxySettingRows.find(({ name }) => name === 'web.listen-address');
    expect(row?.default).toBe(':8080');
    expect([settings.web.maxRequests, settings.web.maxConnections]).toEqual([256, 2048]);
  });

  test('come from the file: the tunnel, web and log', async () => {
    const text = `
tunnel:
  listen_addresses: ["127.0.0.1:1234"]
  scrape_timeout: 20s
web: { listen_addresses: ["127.0.0.1:4321"], max_requests: 7 }
log: { level: debug }
`;
    const { spec, settings } = await load({ file: { name: 'proxy.yml', text } });
    expect(spec).toMatchObject({ listenAddresses: [{ host: '127.0.0.1', port: 1234 }], scrapeTimeoutMs: 20_000 });
    expect(settings.web).toMatchObject({ listenAddresses: [{ host: '127.0.0.1', port: 4321 }], maxRequests: 7 });
    expect(settings.log.level).toBe('debug');
  });

  test('are those of flags before those of variables before those of the file', async () => {
    const file = {
      name: 'proxy.yml',
      text: 'tunnel: { listen_addresses: [":1"], allow_plaintext_credentials: true }\n',
    };
    const environment = { ZXP_TUNNEL_LISTEN_ADDRESS: ':2,:3', ZXP_TUNNEL_ALLOW_PLAINTEXT_CREDENTIALS: 'false' };
    const byVariable = await load({ file, environment });
    expect(byVariable.spec.listenAddresses.map(({ port }) => port)).toEqual([2, 3]);
    expect(byVariable.spec.allowPlaintextCredentials).toBe(false);
    const flags = { 'tunnel.listen-address': [':4'], 'tunnel.allow-plaintext-credentials': ['true'] };
    const byFlag = await load({ file, environment, flags });
    expect(byFlag.spec.listenAddresses.map(({ port }) => port)).toEqual([4]);
    expect(byFlag.spec.allowPlaintextCredentials).toBe(true);
  });

  test("are those of prometheus-proxy's own file", async () => {
    const text = 'proxy { agent.port = 6000, http.port = 6001, auth = [{name = a, token = t, paths = ["x*"]}] }\n';
    const { spec, settings } = await load({ file: { name: 'proxy.conf', text } });
    expect(spec.listenAddresses).toMatchObject([{ port: 6000 }]);
    expect(spec.agents).toMatchObject([{ name: 'a', paths: ['x*'] }]);
    expect(settings.web.listenAddresses).toMatchObject([{ port: 6001 }]);
  });

  test('fail with every problem at once: of the file, of flags and of variables', async () => {
    const problems = await problemsOf({
      file: { name: 'proxy.yml', text: 'tunnel: { listen_addresses: [":1"], evict_after: 3s }\n' },
      flags: { 'tunnel.listen-address': ['nowhere'] },
      environment: { ZXP_TUNNEL_ALLOW_PLAINTEXT_CREDENTIALS: 'perhaps' },
    });
    expect(problems).toHaveLength(3);
    expect(problems.join('\n')).toMatch(/evict_after/);
    expect(problems.join('\n')).toMatch(/--tunnel\.listen-address must be/);
    expect(problems.join('\n')).toMatch(/ZXP_TUNNEL_ALLOW_PLAINTEXT_CREDENTIALS must be/);
  });

  test('of a file that cannot be read are a problem of that file', async () => {
    expect(await problemsOf({ flags: { 'config.file': ['/nowhere/proxy.yml'] } })).toEqual([
      expect.stringContaining('cannot be read'),
    ]);
  });
});
