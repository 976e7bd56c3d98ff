import { expect, test } from 'vitest';
import { SHA256 } from '../config/web/read-web-config.js';
import { startDaemon, webLog } from '../support/daemon.js';

/** SHA256 is the digest of this. */
const headers = { authorization: 'Bearer test' };
const tokens = (name: string) => `bearer_tokens: [{ name: ${name}, sha256: ${SHA256} }]\n`;

async function startShown() {
  const zxp = await startDaemon({ web: tokens('first'), config: 'upstream: http://127.0.0.1:1\n' });
  return Object.assign(zxp, {
    show: async () => {
      const { text } = await zxp.ask('/-/config', { headers });
      return text.replaceAll(`${zxp.folder.path}/`, '');
    },
  });
}

test('/-/config shows access control with names and places, and without digests', async () => {
  const zxp = await startShown();
  const shown = await zxp.show();
  expect(shown).toContain('# access: bearer\n# access: token first (web.yml:1:17: bearer_tokens[0])\n');
  expect(shown).toContain('  config_file: web.yml\n');
  expect(shown).not.toContain(SHA256);
});

test('/-/config shows the active access control: the next one when it is loaded, and not one that was rejected', async () => {
  const zxp = await startShown();
  zxp.folder.write('web.yml', tokens('second'));
  await zxp.untilLogged(webLog.loaded);
  expect(await zxp.show()).toContain('# access: token second (');
  zxp.folder.write('web.yml', '');
  await zxp.untilLogged(webLog.notLoaded);
  await expect(zxp.reload()).rejects.toThrow('keeping the previous configuration');
  expect(await zxp.show()).toContain('# access: bearer\n# access: token second (');
});

test('/-/config shows the active settings, not those that need a restart', async () => {
  const zxp = await startShown();
  zxp.folder.write('zxp.yml', 'upstream: http://127.0.0.1:2\nweb: { max_requests: 7, auth_mode: bearer }\n');
  await zxp.reload();
  const shown = await zxp.show();
  expect(shown).toContain('upstream: http://127.0.0.1:2/\n');
  expect(shown).toContain('  max_requests: 256\n');
  expect(shown).toContain('  auth_mode: bearer\n');
  const waiting = zxp.logged.filter((line) => line.includes('changed settings need a restart'));
  expect(waiting).toEqual([expect.stringContaining('"web.max_requests"')]);
});
