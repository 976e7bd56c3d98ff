import { describe, expect, test } from 'vitest';
import { runCommandLine } from '../support/command-line.js';
import { forThisTest } from '../support/for-this-test.js';
import { makeTemporaryFolder } from '../support/temporary-folder.js';

const PATHS = 'tunnel: { proxies: ["127.0.0.1:1"], paths: [{ path: a, url: "http://a" }] }\n';

function write(files: Readonly<Record<string, string>>) {
  const folder = forThisTest(makeTemporaryFolder());
  for (const [name, text] of Object.entries(files)) folder.write(name, text);
  return (name: string) => `${folder.path}/${name}`;
}

async function run(argv: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  const { exitCode, stdout, stderr } = await runCommandLine(argv, { environment });
  return { exitCode, stdout, stderr: stderr.replace(/\/\S*\/(?=[\w-]+\.(yml|conf|token))/g, '') };
}

describe('zxp agent', () => {
  test('needs proxies and paths', async () => {
    expect(await run(['agent'])).toEqual({
      exitCode: 2,
      stdout: '',
      stderr: `\
zxp: error: --tunnel.proxy: is not set
zxp: hint: --tunnel.proxy proxy.example:50051
zxp: error: --config.file: is not set
zxp: hint: a file with the paths to serve: zxp help agent
`,
    });
  });

  test('reports every problem of flags, file and included files at once', async () => {
    const path = write({
      'agent.yml': 'tunnel: { proxies: ["p"], include: [more.yml] }\nlog: { level: loud }\nupstream: http://x\n',
      'more.yml': 'paths: [{ path: a }]\n',
    });
    const { exitCode, stderr } = await run([
      'agent',
      '--config.file',
      path('agent.yml'),
      '--tunnel.proxi',
      'x',
      '--web.max-requests',
      'y',
    ]);
    expect(exitCode).toBe(2);
    expect(stderr.split('\n').filter((line) => line.startsWith('zxp: error: '))).toHaveLength(6);
    for (const part of [
      '--tunnel.proxi',
      'tunnel.proxies[0]',
      'more.yml:1',
      'log.level',
      'upstream',
      '--web.max-requests',
    ]) {
      expect(stderr).toContain(part);
    }
  });

  test('a flag names proxies in place of the file, and so does a variable', async () => {
    const path = write({ 'agent.yml': 'tunnel: { proxies: ["p:1"], paths: [{ path: a, url: "http://a" }] }' });
    expect((await run(['agent', '--config.file', path('agent.yml'), '--tunnel.proxy', 'x'])).stderr).toContain(
      'zxp: error: --tunnel.proxy: must be a host and port',
    );
    expect((await run(['agent', '--config.file', path('agent.yml')], { ZXP_TUNNEL_PROXY: 'p:1,x' })).stderr).toContain(
      'zxp: error: ZXP_TUNNEL_PROXY: must be a host and port',
    );
  });

  test('a syntax error is reported once, by one of the readers', async () => {
    const path = write({ 'agent.yml': 'tunnel: { "\n' });
    const { stderr } = await run(['agent', '--config.file', path('agent.yml'), '--tunnel.proxy', 'p:1']);
    const problems = stderr.split('\n').filter((line) => line.startsWith('zxp: error: agent.yml:'));
    expect(problems).not.toEqual([]);
    expect([...new Set(problems)]).toEqual(problems);
  });

  test('files of tokens and certificates that cannot be used refuse the start, together with patterns', async () => {
    const path = write({
      'agent.yml': `tunnel:
  proxies: ["p:1"]
  token_file: empty.token
  tls: { ca_file: ca.pem }
  paths: [{ path: a, url: "http://a", only: ["("], module: none }]
`,
      'empty.token': '',
    });
    const { exitCode, stderr } = await run(['agent', '--config.file', path('agent.yml')]);
    expect(exitCode).toBe(2);
    expect(stderr.split('\n').filter((line) => line.startsWith('zxp: error: '))).toEqual([
      'zxp: error: tunnel.token_file: the file empty.token is empty',
      expect.stringContaining('zxp: error: tunnel.tls: the file'),
      expect.stringContaining('zxp: error: agent.yml:5:46: tunnel.paths[0].only[0]: is not a regular expression'),
      'zxp: error: agent.yml:5:52: tunnel.paths[0].module: unknown module "none"',
    ]);
  });

  test('starts, logs what it serves, and stops', async () => {
    const path = write({ 'agent.yml': PATHS });
    const { exitCode, stderr } = await run(['agent', '--config.file', path('agent.yml')]);
    expect(exitCode).toBe(0);
    expect(stderr).toMatch(/msg="agent started" version=1\.2\.3 paths=1 proxies=1\n/);
    expect(stderr).toContain('msg="agent stopped"');
    expect(stderr).not.toContain('listening');
  });
});

describe('zxp check', () => {
  test.each<readonly [string, string, string]>([
    ['agent.yml', PATHS, 'agent, paths 1, proxies 1, mode all'],
    ['any.yml', 'tunnel: { paths: [{ path: a, url: "http://a" }] }', 'agent, paths 1, proxies 0, mode all'],
    ['any.yml', 'tunnel: { listen_addresses: [":1"] }', "proxy, plaintext, agents' tokens 0"],
    [
      'any.conf',
      'agent { pathConfigs = [{ path = a, url = "http://a" }] }',
      'prometheus-proxy agent, paths 1, proxies 1, mode failover',
    ],
    ['any.conf', 'proxy { agentToken = x }', "prometheus-proxy proxy, plaintext, agents' tokens 1"],
    [
      'any.conf',
      'agent.pathConfigs = [{ path = a, url = "http://a" }]\nproxy.agent.port = 1',
      "prometheus-proxy agent, paths 1, proxies 1, mode failover; prometheus-proxy proxy, plaintext, agents' tokens 0",
    ],
  ])('recognizes %s by its content: %j', async (name, text, description) => {
    const path = write({ [name]: text });
    const { exitCode, stdout, stderr } = await run(['check', path(name)]);
    const [valid, reason] = stdout.split('\n');
    expect({ exitCode, valid }).toEqual({ exitCode: 0, valid: `zxp: configuration is valid: ${description}` });
    expect(reason).toMatch(
      /^zxp: \S+ is (the file of|a configuration file of prometheus-proxy, for) (an agent|a proxy).*: it has \S/,
    );
    expect(stderr === '').toBe(!description.includes('plaintext'));
  });

  test('says what shows whose file it is', async () => {
    const path = write({ 'any.yml': 'tunnel: { limits: {}, listen_addresses: [":1"] }' });
    expect((await run(['check', path('any.yml')])).stdout).toMatch(
      /\nzxp: \S*any\.yml is the file of a proxy: it has tunnel\.listen_addresses\n$/,
    );
  });

  test('warns of an open tunnel as the start of a proxy does, and fails for it where it is strict', async () => {
    const path = write({ 'any.yml': 'tunnel: { listen_addresses: [":1"] }' });
    expect((await run(['check', path('any.yml')])).stderr).toBe(
      `zxp: warning: any.yml: any agent may connect and register paths
zxp: hint: set tunnel.agents (tokens) or tunnel.tls.client_ca_file
zxp: warning: any.yml: the tunnel is not encrypted
zxp: hint: set tunnel.tls.cert_file and tunnel.tls.key_file
`,
    );
    expect((await run(['check', '--strict', path('any.yml')])).exitCode).toBe(2);
  });

  test.each(['agent', 'proxy'])('of a daemon, given to zxp %s, is one problem that says so', async (command) => {
    const path = write({ 'zxp.yml': 'targets: [{ name: a, url: "http://a", module: m }]\n' });
    const flags = command === 'agent' ? ['--tunnel.proxy', 'p:1'] : [];
    const { exitCode, stderr } = await run([command, '--config.file', path('zxp.yml'), ...flags]);
    expect(exitCode).toBe(2);
    expect(stderr.match(/zxp: error: .*:\d+:\d+: .*/g)).toEqual(['zxp: error: zxp.yml:1:1: targets: unknown key']);
    expect(stderr).toContain(' has tunnel; this one is for zxp serve\n');
  });

  test('warns of keys without a counterpart, with their lines', async () => {
    const path = write({
      'agent.conf': 'agent {\n  pathConfigs = [{ path = a, url = "http://a" }]\n  admin.port = 1\n}',
    });
    expect((await run(['check', path('agent.conf')])).stderr).toBe(
      'zxp: warning: agent.conf:3:3: agent.admin.port: no counterpart in zxp, ignored\n' +
        'zxp: hint: --web.listen-address of zxp agent serves health and metrics; zxp proxy has them at /-/\n',
    );
  });

  test.each<readonly [string, string, string]>([
    ['both.yml', 'tunnel: { proxies: ["p:1"], listen_addresses: [":1"] }', 'is of a proxy, and proxies of an agent'],
    ['none.yml', 'tunnel: {}', 'has a tunnel that is neither that of an agent nor that of a proxy'],
    ['agent.yml', 'tunnel: { proxies: ["p:1"], paths: [{ path: a, url: x }] }', 'must be an http or https URL'],
    ['proxy.yml', 'tunnel: { agents: [{ name: a, token_file: missing.token }] }', 'missing.token'],
    ['agent.conf', 'agent { name = "x', 'a text has no closing quote'],
  ])('refuses %s: %s', async (name, text, message) => {
    const path = write({ [name]: text });
    const { exitCode, stderr } = await run(['check', path(name)]);
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining(message)]);
  });
});
