import { expect, test } from 'vitest';
import { findUnusedParams } from '../../src/modules/unused-params.js';
import { findModule, readConfig } from '../translate/mapping/scrape-document.js';

function unused(module: string, query: string): readonly string[] {
  const file = readConfig(`targets: []\nmodules:\n  m:\n    ${module}\n    metrics: [{ name: n, path: '{.n}' }]\n`);
  return findUnusedParams(findModule(file), new URLSearchParams(query));
}

test('a parameter that nothing reads is found, once', () => {
  expect(unused('{}'.replace('{}', 'timeout: 5s'), 'target=http://a/?x=1&y=2&y=3&debug=true&module=m&auth=a')).toEqual([
    'y',
  ]);
});

test('one that a template or an expression reads is none', () => {
  expect(unused("headers: { X-Id: { template: '{{ .id | first }}' } }", 'id=7&other=1')).toEqual(['other']);
  expect(unused("params: { q: { template: '{{ range .x }}{{ . }}{{ end }}' } }", 'anything=1')).toEqual([]);
});
