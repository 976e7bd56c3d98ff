import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startDaemon } from '../support/daemon.js';
import { forThisTest } from '../support/for-this-test.js';
import { makeTemporaryFolder } from '../support/temporary-folder.js';

test.each([
  ['zxp.yml', 'zxp.yml', 'cannot be read: a pipe, not read within 5 s'],
  ['more.yml', 'zxp.yml:2:12: include[0]', 'more.yml cannot be read: not a regular file'],
  ['web.yml', 'web.yml', 'cannot be read: not a regular file'],
])('a reload is refused where %s has become a pipe, and health answers meanwhile', async (name, where, message) => {
  const folder = forThisTest(makeTemporaryFolder());
  folder.write('more.yml', 'modules: {}\n');
  folder.write('web.yml', 'allowed_clients: [127.0.0.1]\n');
  const text = 'upstream: http://127.0.0.1:9\ninclude: [ more.yml ]\nweb: { config_file: web.yml }\n';
  const flags = { 'config.file': folder.write('zxp.yml', text), 'web.listen-address': '127.0.0.1:0' };
  const daemon = forThisTest(await startDaemon({ flags }));
  const path = join(folder.path, name);
  rmSync(path);
  execFileSync('mkfifo', [path]);
  let isOver = false;
  const reloaded = daemon.reload().then(
    () => 'reloaded',
    (error: unknown) => error,
  );
  void reloaded.then(() => {
    isOver = true;
  });
  do expect((await fetch(`${daemon.urls[0]}/-/healthy`)).status).toBe(200);
  while (!isOver && (await new Promise((resolve) => setTimeout(resolve, 20, true))));
  const problem = { where: expect.stringContaining(where), message: expect.stringContaining(message) };
  expect(await reloaded).toMatchObject({ code: 'config', problems: [problem] });
});
