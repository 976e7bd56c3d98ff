import { describe, expect, test } from 'vitest';
import { targetUrl } from '../../../src/config/modules/target-url.js';
import { readFile } from '../read-modules.js';

const MODULES = 'modules: { stock: { metrics: [] }, default: { metrics: [] } }\n';

function read(targets: string, modules = MODULES) {
  return readFile(`${modules}targets:\n${targets.replace(/^(?=.)/gm, '  ')}\n`);
}

describe('a target', () => {
  test('has a name, a URL, a module and labels', () => {
    const file = readFile(
      `${MODULES}targets:\n  - { name: a, url: 'https://a.example/x?y=1#z', module: stock, labels: { site: n, v: 1.0 } }\n`,
    );
    expect(file.problems).toEqual([]);
  });

  test('without a module has the one that is called default', () => {
    expect(read('- { name: a, url: "http://a" }').problems).toEqual([]);
    expect(read('- { name: a, url: "http://a" }', 'modules: { other: {} }\n').problems).toEqual([
      'f.yml:3: targets[0] unknown module "default"; known: flatten, zot, other',
    ]);
  });

  test('may have the module of a translator', () => {
    expect(read('- { name: a, url: "http://a", module: zot }').problems).toEqual([]);
  });

  test.each<readonly [string, readonly string[]]>([
    ['- {}', ['~ needs a name; name: warehouse', '~ needs a url; url: https://warehouse.example/api/v1/stock']],
    ['- ~', ['~ needs a name; name: warehouse', '~ needs a url; url: https://warehouse.example/api/v1/stock']],
    ['- word', ['~ must be a map, not text']],
    ['- { name: a, url: "ftp://a" }', ['~.url must be an http or https URL without a user']],
    ['- { name: a, url: "http://user:canary@a/" }', ['~.url must be an http or https URL without a user']],
    ['- { name: a, url: [b] }', ['~.url must be an http or https URL without a user, not a list']],
    ['- { name: "http://a", url: "http://a" }', ['~.name must not be a URL; /probe?target=NAME requests it']],
    ['- { name: a, url: "http://a", module: stok }', ['~.module unknown module "stok"; did you mean stock?']],
    ['- { name: a, url: "http://a", module: stock, auth: teem }', ['~.auth unknown auth "teem"; there are no auths']],
    ['- { name: a, url: "http://a", lables: {} }', ['~.lables unknown key; did you mean labels?']],
    [
      '- { name: a, url: "http://a", labels: { a-b: c, __param_x: d, "": e, ok: f } }',
      ['a-b', '__param_x', '<key>'].map(
        (name) => `~.labels.${name} invalid label name; letters, digits and _, and not __ in front`,
      ),
    ],
    ['- { name: a, url: "http://a", labels: [b] }', ['~.labels must be a map, not a list']],
  ])('%s is refused', (target, problems) => {
    const found = read(target).problems;
    expect(found.map((problem) => problem.replace('f.yml:3: targets[0]', '~'))).toEqual(problems);
    expect(found.join()).not.toContain('canary');
  });

  test('that has the name of another is refused, with the place of that', () => {
    expect(read('- { name: a, url: "http://a" }\n- { name: a, url: "http://b" }').problems).toEqual([
      'f.yml:4: targets[1].name name already used at f.yml:3:7: targets[0].name; rename one',
    ]);
  });

  test('may have a name that every object has a key for', () => {
    const names = ['__proto__', 'constructor', 'hasOwnProperty'];
    const text = names.map((name) => `- { name: ${name}, url: "http://a", module: ${name} }`).join('\n');
    const modules = `modules:\n${names.map((name) => `  ${name}: {}\n`).join('')}`;
    expect(read(text, modules).problems).toEqual([]);
    expect(read(text).problems).toHaveLength(3);
  });
});

describe('the URL of a target', () => {
  test.each([
    ['http://a.example', 'http://a.example/'],
    ['HTTPS://A.example:443/x y?z=ä#f', 'https://a.example/x%20y?z=%C3%A4'],
    ['http://[::1]:8080/', 'http://[::1]:8080/'],
    ['http://0x7f.1/', 'http://127.0.0.1/'],
    ['file:///var/lib/x.json', 'file:///var/lib/x.json'],
    ['FILE:///var/../etc/%2e%2e/x.json', 'file:///x.json'],
    ['unix:///run/x.sock', 'unix:///run/x.sock'],
    ['unix:///run/x.sock:/metrics?a=b', 'unix:///run/x.sock:/metrics?a=b'],
    ['unix:///run/x.sock:/../../y.sock:/m', 'unix:///y.sock:/m'],
  ])('%s is %s', (text, href) => {
    expect(targetUrl.read(text)?.href).toBe(href);
  });

  test.each([
    '',
    'a.example',
    '//a',
    'http:a',
    'http:/a',
    'http:///a',
    'http://',
    'http://a b/',
    'http://u@a',
    'http://:p@a',
    'javascript:1',
    'unix:/run/x',
    'file:/etc/passwd',
    'file://host/etc/passwd',
    'file:///',
    'file:///folder/',
    'file:///a?b',
    'file:///a%2fb',
    'file:///a%00b',
    'file:///a%',
    'file:////a',
    'unix:///',
    'unix:///run/x.sock:metrics',
    'unix:///run/:/metrics',
    'unix://host/run/x.sock:/metrics',
    ' http://a',
    'http:\\\\a',
    5,
    undefined,
  ])('%j is none', (text) => {
    expect(targetUrl.read(text)).toBeUndefined();
  });
});
