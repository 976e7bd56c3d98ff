import { describe, expect, test } from 'vitest';
import { noHttpClient } from '../../src/config/modules/http-client.js';
import type { Problem } from '../../src/model/errors.js';
import type { RequestSpec, TemplateText } from '../../src/model/module.js';
import { Secret } from '../../src/model/secret.js';
import { compileRequest } from '../../src/modules/request-template.js';
import type { Parameters } from '../../src/modules/text-template.js';

const text = (value: string, more: Partial<TemplateText> = {}): TemplateText => ({
  text: value,
  isTemplate: false,
  isSecret: false,
  where: 'f.yml:7: modules.m',
  ...more,
});
const template = (value: string) => text(value, { isTemplate: true });

async function compile(spec: Partial<RequestSpec>, isJsonExporter = false) {
  const problems: Problem[] = [];
  const request = {
    headers: [],
    params: [],
    body: undefined,
    forwardHeaders: [],
    forwardsAuthorization: true,
    forwardsVerified: false,
    validStatusCodes: [],
    httpClient: noHttpClient,
    ...spec,
  };
  return {
    render: await compileRequest(request, { problems, dialect: isJsonExporter ? 'json_exporter' : 'zxp' }),
    problems,
  };
}

const none: Parameters = new Map();
const parameters: Parameters = new Map([
  ['target', ['http://a']],
  ['id', ['7', '8']],
  ['__proto__', ['p']],
]);

describe('a request', () => {
  test('of nothing is a GET that passes the caller’s Authorization', async () => {
    expect((await compile({})).render(none)).toEqual({
      params: [],
      plan: { method: 'GET', headers: [], validStatusCodes: [], secretParams: [], passesAuthorization: true },
    });
  });

  test('with a body is a POST, also where nothing is left of it', async () => {
    expect((await compile({ body: text('x') })).render(none).plan).toMatchObject({ method: 'POST', body: 'x' });
    expect((await compile({ body: template('{{ range .none }}x{{ end }}') })).render(none).plan).toMatchObject({
      method: 'POST',
      body: '',
    });
  });

  test('of a module with credentials keeps the caller’s to itself', async () => {
    const credential = { kind: 'authorization', scheme: 'Bearer', credentials: { inline: new Secret('x') } } as const;
    const { plan } = (await compile({ httpClient: { ...noHttpClient, credential } })).render(none);
    expect(plan.passesAuthorization).toBe(false);
  });

  test('renders what is a template, and leaves what only looks like one', async () => {
    const { render, problems } = await compile({
      headers: [
        ['A', template('{{ .id | first }}')],
        ['B', text('{{ .id | first }}')],
      ],
      params: [
        ['c', template('{{ .id | join "," }}')],
        ['c', template('{{ index . "__proto__" | first }}')],
      ],
      body: template('{{ range .id }}<{{ . }}>{{ end }}'),
      validStatusCodes: [404],
    });
    expect(problems).toEqual([]);
    expect(render(parameters)).toEqual({
      params: [
        ['c', '7,8'],
        ['c', 'p'],
      ],
      plan: {
        method: 'POST',
        headers: [
          ['A', '7'],
          ['B', '{{ .id | first }}'],
        ],
        body: '<7><8>',
        validStatusCodes: [404],
        secretParams: [],
        passesAuthorization: true,
      },
    });
  });

  test('keeps nothing of one probe for the next', async () => {
    const { render } = await compile({ params: [['a', template('{{ $x := .id | first }}{{ $x }}')]] });
    expect(render(new Map([['id', ['1']]])).params).toEqual([['a', '1']]);
    expect(render(new Map([['id', ['2']]])).params).toEqual([['a', '2']]);
    // What Go prints of nothing.
    expect(render(none).params).toEqual([['a', '<no value>']]);
  });

  test('names the parameters whose values are secret', async () => {
    const { render } = await compile({
      params: [
        ['lang', text('en')],
        ['appid', text('canary', { isSecret: true })],
      ],
    });
    expect(render(none).plan.secretParams).toEqual(['appid']);
  });
});

describe('a text that is no template', () => {
  test.each(['{{', '{{ nope }}', '{{ .a | nope }}', '{{ if }}', '{{ env "HOME" }}', '{{ getHostByName "a" }}'])(
    '%s is a problem at start, with its place in the file and in the text',
    async (source) => {
      const { problems } = await compile({ body: template(source) });
      expect(problems).toMatchObject([
        {
          where: 'f.yml:7: modules.m',
          message: expect.stringMatching(/^is not a template: .* at line 1, column \d+$/),
        },
      ]);
    },
  );

  test('is a problem in a header and a parameter as well, all of them at once', async () => {
    const { problems } = await compile({
      headers: [['a', template('{{')]],
      params: [['b', template('{{')]],
      body: template('{{'),
    });
    expect(problems).toHaveLength(3);
  });
});

describe('parameters that do not fit', () => {
  const body = template('{{ index .id 5 }}');

  test('are the caller’s mistake, and the message says where the template is', async () => {
    const { render, problems } = await compile({ body });
    expect(problems).toEqual([]);
    expect(() => render(parameters)).toThrow(
      expect.objectContaining({
        code: 'request',
        message: expect.stringMatching(/^the parameters do not fit the template f\.yml:7: modules\.m: /),
      }),
    );
  });

  test('in a file of json_exporter send the text of the template, as it does', async () => {
    expect((await compile({ body }, true)).render(parameters).plan.body).toBe('{{ index .id 5 }}');
  });

  test('never put a line break or another control into a header', async () => {
    const { render } = await compile({ headers: [['X-A', template('{{ .a | first }}')]] });
    for (const bad of ['a\r\nX-B: c', 'a\nb', 'a\0', '\x7f', 'ü€']) {
      expect(() => render(new Map([['a', [bad]]]))).toThrow(
        expect.objectContaining({ code: 'request', message: expect.stringContaining('the header X-A') }),
      );
    }
    expect(render(new Map([['a', ['a\tb é']]])).plan.headers).toEqual([['X-A', 'a\tb é']]);
  });

  test('cannot make a template run for ever, or grow without end', async () => {
    const long = template(
      '{{ range .id }}{{ range $.id }}{{ range $.id }}{{ range $.id }}x{{ end }}{{ end }}{{ end }}{{ end }}',
    );
    const { render } = await compile({ body: long });
    const many = new Map([['id', Array.from({ length: 200 }, (_, i) => String(i))]]);
    const start = performance.now();
    expect(() => render(many)).toThrow(expect.objectContaining({ code: 'request' }));
    expect(performance.now() - start).toBeLessThan(10_000);
  });
});
