import { describe, expect, test } from 'vitest';
import {
  compileTemplate,
  TemplateError,
  type TemplateOptions,
  templateFunctions,
} from '../../src/gotemplate/template.js';
import { options, render } from './options.js';

function refusal(source: string): TemplateError {
  return errorOf(() => compileTemplate(source, options));
}

function failure(source: string, parameters: Record<string, string[]> = {}, limits: Partial<TemplateOptions> = {}) {
  const template = compileTemplate(source, { ...options, ...limits });
  return errorOf(() => template.render(new Map(Object.entries(parameters))));
}

function errorOf(work: () => unknown): TemplateError {
  try {
    work();
  } catch (error) {
    if (error instanceof TemplateError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('what is refused at start', () => {
  test.each([
    ['v={{ nosuch .x }}', 1, 6, 'unknown function nosuch'],
    ['a\n  {{ Upper "x" }}', 2, 6, 'unknown function Upper'],
    ['{{ upper }}', 1, 4, 'upper takes 1 argument, not 0'],
    ['{{ .x | replace "a" }}', 1, 9, 'replace takes 3 arguments, not 2'],
    ['{{ upper 5 }}', 1, 10, 'upper takes text here, not int'],
    ['{{ first "abc" }}', 1, 10, 'first takes list here, not string'],
    ['{{ env "HOME" }}', 1, 4, 'env is not supported: it would send secrets'],
    ['{{ call .x }}', 1, 4, 'call is not supported'],
    ['{{ $x }}', 1, 4, 'unknown variable $x'],
    ['{{ if true }}{{ $x := 1 }}{{ else }}{{ $x }}{{ end }}', 1, 40, 'unknown variable $x'],
    ['{{ $x = 1 }}', 1, 4, 'unknown variable $x'],
    ['{{ if .a }}\n', 1, 4, '{{if}} has no {{end}}'],
    ['x {{ end }}', 1, 6, '{{end}} belongs to nothing'],
    ['{{ break }}', 1, 4, '{{break}} is outside of any {{range}}'],
    ['{{ template "t" }}', 1, 13, 'there is no template "t"'],
    ['v={{ .myVal | first', 1, 20, 'the action is not closed'],
    ['{{ "a }}', 1, 4, 'the quotes are not closed'],
    ['{{ 1 + 2 }}', 1, 6, 'unexpected "+" in an action'],
    ['{{ now.Month }}', 1, 4, 'a time has no Month'],
    ['{{ (first .x).y "z" }}', 1, 4, '.y is not a function'],
    ['{{ now.constructor }}', 1, 4, 'a time has no constructor'],
    ['{{ $ = 1 }}', 1, 4, '$ cannot be assigned to'],
    ['{{ printf "%d %d" 1 }}', 1, 4, 'printf: the format wants 2 values and gets 1'],
    ['{{ printf "%z" 1 }}', 1, 4, 'printf: a %z of the format'],
    ['{{ duration 95 }}', 1, 4, 'duration: a literal number must be in quotes'],
    ['{{ 99999999999999999999 }}', 1, 4, '99999999999999999999 is not a number'],
    ['{{ if eq .env "prod" }}{{ end }}', 1, 7, 'eq: list and string cannot be compared'],
    ['{{ if 5 | lt .n }}{{ end }}', 1, 11, 'lt: list and int cannot be compared'],
    ['{{ eq 1 1.0 }}', 1, 4, 'eq: int and float64 cannot be compared'],
    ['{{ .x | }}', 1, 9, 'something is missing here'],
  ])('%s at line %i, column %i', (source, line, column, message) => {
    const error = refusal(source);
    expect(error.message).toContain(message);
    expect({ line: error.line, column: error.column }).toEqual({ line, column });
  });

  test('an unknown function names those that exist, and the one that may be meant', () => {
    expect(refusal('{{ tojson .x }}').hint).toMatch(/^did you mean toJson\? functions are abbrev, add, .*, uuidv4, /);
  });
});

describe('what fails for its data', () => {
  test('an index out of range is an error with its place', () => {
    const error = failure('a\n{{ index .x 5 }}', { x: ['secret'] });
    expect(error).toMatchObject({ line: 2, column: 4, message: 'index: there is no element 5, there are 1' });
  });

  test('an absent parameter where text is needed says how to give it a value', () => {
    expect(failure('{{ .x | first | upper }}').hint).toContain('default');
  });

  test('no text of a parameter is in a message', () => {
    const x = ['s3cret'];
    for (const source of [
      '{{ (first .x).y }}',
      '{{ mustFromJson (first .x) }}',
      '{{ printf (first .x) 1 }}',
      '{{ .x | first | b64dec }}',
    ]) {
      expect(failure(source, { x }).message).not.toContain('s3cret');
    }
  });

  test('one failed rendering leaves the next one alone', () => {
    const template = compileTemplate('{{ index .x 0 }}', options);
    expect(() => template.render(new Map())).toThrow(TemplateError);
    expect(template.render(new Map([['x', ['1']]]))).toBe('1');
  });
});

describe('parameters', () => {
  test.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])('%s is a name like any other', (name) => {
    const template = compileTemplate(`{{ .${name} }} {{ index . "${name}" | toJson }} {{ .Has "${name}" }}`, options);
    expect(template.render(new Map())).toBe('[] null false');
    expect(template.render(new Map([[name, ['x']]]))).toBe('[x] ["x"] true');
  });

  test('parameters cannot be changed', () => {
    expect(failure('{{ set . "x" "2" }}').message).toBe('set: argument 1 must be of type dict, not map');
  });

  test.each([
    '{{ .x | upper }}',
    '{{ upper $.x }}',
    '{{ with 1 }}{{ upper $.x }}{{ end }}',
    '{{ .x.y }}',
    '{{ $.x.y.z }}',
  ])('%s takes a parameter for text and is refused', (source) => {
    expect(refusal(source)).toMatchObject({
      message: expect.stringContaining('a parameter is a list'),
      hint: 'write (.x | first) for its value',
    });
  });

  test.each([
    ['{{ with dict "x" "a" }}{{ upper .x }}{{ end }}', 'A'],
    ['{{ range list (dict "x" "a") }}{{ .x | upper }}{{ end }}', 'A'],
    ['{{ define "t" }}{{ upper .x }}{{ upper $.x }}{{ end }}{{ template "t" dict "x" "a" }}', 'AA'],
    ['{{ with 0 }}{{ else }}{{ first .x }}{{ end }}', '1'],
    ['{{ .Get "x" | upper }}{{ .Encode | upper }}', '1X=1'],
  ])('%s has another dot or a method', (source, output) => {
    expect(render(source, { x: ['1'] })).toBe(output);
  });
});

describe('limits', () => {
  test('a result may be as long as the limit, in bytes, and no longer', () => {
    expect(compileTemplate('éé', { ...options, maxOutputBytes: 4 }).render(new Map())).toBe('éé');
    expect(failure('ééx', {}, { maxOutputBytes: 4 }).message).toBe('the result is longer than 4 bytes');
  });

  test.each([
    '{{ range until 1000000000 }}{{ end }}',
    '{{ range 1000000000 }}{{ end }}',
    '{{ repeat 1000000000 "x" }}',
    '{{ indent 1000000000 "x" }}',
    '{{ randAlpha 1000000000 }}',
    '{{ $s := repeat 1000 "x" }}{{ replace "x" $s $s | replace "x" $s }}',
    '{{ $s := "x" }}{{ range until 99 }}{{ $s = print $s $s }}{{ end }}',
    '{{ $l := list 1 }}{{ range until 60 }}{{ $l = list $l $l }}{{ end }}{{ $l }}',
    '{{ $l := list 1 }}{{ range until 60 }}{{ $l = list $l $l }}{{ end }}{{ mustToJson $l }}',
    '{{ $l := list 1 }}{{ range until 60 }}{{ $l = list $l $l }}{{ end }}{{ printf "%v" $l }}',
    '{{ range 1000000 }}{{ $x := now.Format "MST" }}{{ end }}',
  ])('%s does too much', (source) => {
    expect(failure(source).message).toContain('the template does too much');
  });

  test('a dict within itself has too many levels', () => {
    expect(failure('{{ $d := dict }}{{ $_ := set $d "d" $d }}{{ $d }}').message).toContain('more than 100 levels');
  });

  test('templates that call themselves without end are stopped', () => {
    const deep = `{{ define "t" }}{{ ${'('.repeat(97)}1${')'.repeat(97)} }}{{ template "t" . }}{{ end }}{{ template "t" . }}`;
    expect(failure(deep).message).toContain('levels deep');
  });

  test.each([
    `{{ ${'('.repeat(1e5)}1${')'.repeat(1e5)} }}`,
    '{{ if true }}'.repeat(1e5),
    `{{ 1 ${'| print '.repeat(1e5)} }}`,
  ])('a source nested too deeply is refused', (source) => {
    expect(refusal(source).message).toMatch(/more than 100/);
  });
});

describe('clock and chance are given', () => {
  test('now is the given time in the given zone', () => {
    const source =
      '{{ now | date "2006-01-02T15:04:05Z07:00 MST" }} {{ now.Unix }} {{ ago (now | dateModify "-90s") }}';
    const zoned = compileTemplate(source, { ...options, timeZone: 'Europe/Berlin' });
    expect(zoned.render(new Map())).toBe('2026-07-04T11:08:07+02:00 CEST 1783156087 1m30s');
  });

  test('an unknown zone is UTC', () => {
    expect(compileTemplate('{{ now | date "15 MST" }}', { ...options, timeZone: 'No/Where' }).render(new Map())).toBe(
      '09 UTC',
    );
  });

  test('uuidv4, randInt and random text come from the given bytes', () => {
    let next = 0;
    const randomBytes = (count: number) => Uint8Array.from({ length: count }, () => next++ % 256);
    const template = compileTemplate('{{ uuidv4 }} {{ randInt 12 30 }} {{ randAlphaNum 4 | len }}', {
      ...options,
      randomBytes,
    });
    expect(template.render(new Map())).toMatch(/^00010203-0405-4607-8809-0a0b0c0d0e0f (1[2-9]|2\d) 4$/);
  });

  test('randInt needs a range', () => {
    expect(failure('{{ randInt 5 5 }}').message).toContain('above the first');
  });
});

describe('where zxp does more than json_exporter', () => {
  test.each([
    ['{{ duration (int "95") }}', '1m35s', 'a computed int is a duration, there 0s'],
    ['{{ repeat (add 1 1) "x" }}', 'xx', 'int64 is no other type than int, there an error'],
    ['{{ hasKey . "x" }} {{ keys . }}', 'false []', 'functions of dicts take the parameters too, there an error'],
    ['{{ keys (dict "b" 1 "a" 2) }}', '[a b]', 'keys are in order, there in none'],
    ['{{ values (dict "b" 1 "a" 2) }}', '[2 1]', 'values are in the order of keys, there in none'],
    ['{{ nospace "é è" }}', 'éè', 'characters beyond ASCII survive, there they do not'],
    ['{{ trunc 2 "aé" }}', 'a\ufffd', 'half a character is U+FFFD, there half a character'],
  ])('%s', (source, output) => {
    expect(render(source)).toBe(output);
  });

  test.each(['{{ b64dec "!!" }}', '{{ b64dec "/w==" }}'])(
    '%s fails, there an error text or bytes are sent',
    (source) => {
      expect(failure(source).message).toContain('base64');
    },
  );
});

test('ago has the words of Go for more than an hour', () => {
  expect(render('{{ ago (now.Add -3700000000000) }} {{ ago (now.Add 5000000000) }}')).toBe('1h1m40s -5s');
});

test('fail ends the rendering with its words', () => {
  expect(failure('{{ fail "no such site" }}').message).toBe('fail: no such site');
});

test('the table has every function once, with what it means', () => {
  const names = templateFunctions.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  expect(templateFunctions.every(({ meaning, group }) => meaning !== '' && group !== '')).toBe(true);
  expect(templateFunctions).toContainEqual({
    name: 'join',
    group: 'text',
    arguments: 'text any',
    meaning: 'join SEPARATOR LIST',
  });
  expect(templateFunctions).toContainEqual(expect.objectContaining({ name: 'printf', arguments: 'text any...' }));
});
