import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Words that say in pictures what Prometheus, HTTP, TLS and Node have terms for. */
const retired: Readonly<Record<string, RegExp>> = {
  'access control, authentication': /\b(?:front|the|a|no|its|own) doors?\b/i,
  'allowed, rejected': /\b(?:lets? in|turned away|turns away|may not come in)\b/i,
  'the client, the scraper, the caller': /\b(?:whoever asks|who asks|the asker)\b/i,
  active: /\bin force\b/i,
  'maximum, minimum, at most': /\bat the (?:most|least)\b/i,
  again: /\banew\b/i,
  suppressed: /\bheld back\b/i,
  'valid, invalid': /\b(?:configuration is right|is not right)\b/i,
  unavailable: /\bcannot be had\b/i,
  'the previous configuration': /\bthe one before stays\b/i,
};

/** What a person reads: pages, messages, comments, titles of tests. The changelog quotes what older versions said. */
function listTexts(): readonly string[] {
  const files = execFileSync(
    'git',
    ['ls-files', '-z', 'README.md', 'SECURITY.md', 'docs', 'src', 'test', 'deploy', 'build', '.ci'],
    {
      cwd: root,
      encoding: 'utf8',
    },
  ).split('\0');
  return files.filter(
    (file) =>
      /\.(?:md|ts|mjs|sh|ya?ml|tpl|txt|json|svg|service|default|cfg|conf)$|^\.ci\/|Dockerfile$/.test(file) &&
      !['docs/changelog.md', 'docs/upgrading.md', 'test/language.test.ts'].includes(file) &&
      !file.startsWith('test/bench/results/'),
  );
}

test.each(Object.entries(retired))('no text says otherwise than: %s', (_term, pattern) => {
  const found = listTexts().flatMap((file) =>
    readFileSync(join(root, file), 'utf8')
      .split('\n')
      .flatMap((line, i) => (pattern.test(line) ? [`${file}:${i + 1}: ${line.trim()}`] : [])),
  );
  expect(found).toEqual([]);
});
