import fc from 'fast-check';
import { expect, test } from 'vitest';
import { startDaemon } from '../support/daemon.js';
import { applyDamage, damageOf, expectNoSecret, OWN, THEIRS, WEB, withPlainSecrets } from '../support/damaged-files.js';
import { runs } from '../support/runs.js';

const numRuns = runs(200);

test.each<[what: string, name: string, ...texts: string[]]>([
  ["zxp's own file", 'zxp.yml', OWN],
  ['a file of json_exporter', 'zxp.yml', THEIRS],
  ['a web config file', 'web.yml', WEB],
  ["zxp's own file with secrets of digits", 'zxp.yml', ...withPlainSecrets(OWN)],
  ['a web config file with secrets of digits', 'web.yml', ...withPlainSecrets(WEB)],
])(
  'no damage of one character of %s prints a secret in the log or the body of /-/reload',
  async (_what, name, ...texts) => {
    const zxp = await startDaemon({
      config: 'upstream: http://127.0.0.1:1\nweb: { config_file: web.yml }\n',
      flags: { 'web.enable-lifecycle': 'true', 'log.level': 'debug' },
      files: { 'web.yml': 'mode: none\n' },
    });
    const damaged = fc.constantFrom(...texts).chain((text) => fc.tuple(fc.constant(text), damageOf(text)));
    const statuses = new Set<number>();
    await fc.assert(
      fc.asyncProperty(damaged, async ([text, damage]) => {
        const damaged = applyDamage(text, damage);
        zxp.folder.write(name, damaged);
        const { status, text: body } = await zxp.ask('/-/reload', { method: 'POST' });
        statuses.add(status);
        expectNoSecret(body, damaged);
        expectNoSecret(zxp.logged.join('\n'), damaged);
      }),
      { numRuns },
    );
    expect([...statuses]).toContain(500);
  },
);
