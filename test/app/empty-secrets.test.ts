import { describe, expect, test } from 'vitest';
import { findContentProblem } from '../../src/config/named-files.js';
import { startDaemon } from '../support/daemon.js';
import { startJsonUpstream } from '../support/fake-upstream.js';

const kinds = [
  ['bearer_token_file', 'http_client_config: { bearer_token_file: token }'],
  ['password_file', 'http_client_config: { basic_auth: { username: u, password_file: token } }'],
  ['http_headers', 'http_client_config: { http_headers: { X-Key: { files: [token] } } }'],
] as const;

const config = (url: string, client: string) => `\
targets: [{ name: box, url: '${url}', module: m }]
modules: { m: { ${client}, metrics: [{ name: n, path: '{.n}' }] } }
`;

describe('a secret file that is emptied', () => {
  test.each(kinds)('of %s fails the scrape before anything is sent, and refuses a reload', async (_key, client) => {
    const upstream = await startJsonUpstream({ n: 1 });
    const zxp = await startDaemon({ config: config(upstream.url, client), files: { token: 'secret\n' } });
    expect((await zxp.probe({ target: 'box' })).text).toContain('target_up 1');
    for (const text of ['', ' \n\t\n']) {
      zxp.folder.write('token', text);
      const before = upstream.requests.length;
      expect((await zxp.probe({ target: 'box' })).text).toContain('target_scrape_error{reason="config"} 1');
      expect(upstream.requests).toHaveLength(before);
      expect(zxp.logged.join('\n')).toMatch(/the file \S*token is empty/);
      const problem = { message: expect.stringMatching(/token is empty$/) };
      await expect(zxp.reload()).rejects.toMatchObject({ code: 'config', problems: [problem] });
    }
    zxp.folder.write('token', 'other\n');
    expect((await zxp.probe({ target: 'box' })).text).toContain('target_up 1');
  });

  test('before the start is a warning there, as a missing one is', async () => {
    const upstream = await startJsonUpstream({ n: 1 });
    const zxp = await startDaemon({ config: config(upstream.url, kinds[0][1]), files: { token: '  \n' } });
    expect(zxp.logged.join('\n')).toMatch(/warn \S*token is empty/);
  });
});

test('a file of blanks is a problem of zxp check, whatever it is for', () => {
  for (const content of ['secret', 'certificate', 'key'] as const) {
    expect(findContentProblem(Buffer.from(' \r\n\n'), content)).toEqual({ message: 'is empty' });
  }
});
