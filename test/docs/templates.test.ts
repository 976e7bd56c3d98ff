import { describe, expect, test } from 'vitest';
import { refusedFunctions } from '../../src/gotemplate/functions/table.js';
import { parameterMethods, timeMethods } from '../../src/gotemplate/methods.js';
import type { FunctionGroup } from '../../src/gotemplate/signature.js';
import { compileTemplate, templateFunctions, templateLimits } from '../../src/gotemplate/template.js';
import { readCode } from './mapping-pages.js';
import { listTables, type Row, readColumn, readPage, readSection, readTable } from './pages.js';

const page = readPage('docs/templates.md');
const options = { now: () => new Date('2026-07-01T12:00:00Z'), randomBytes: (count: number) => new Uint8Array(count) };

/** A row of the page, and of the code's table. */
interface Described {
  readonly name: string;
  readonly arguments: string;
  readonly meaning: string;
}

function readDescribed(row: Row, column: string): Described {
  return {
    name: row.get(column) ?? '',
    arguments: row.get('arguments') ?? '',
    meaning: (row.get('meaning') ?? '').replaceAll('\\|', '|'),
  };
}

const groups = [...new Set(templateFunctions.map((row) => row.group))];

test('the page has a heading for each group of functions, in their order', () => {
  expect(readSection(page, 'functions').below.map((heading) => heading.toLowerCase())).toEqual(groups);
});

test.each(groups)('the table of %s is that of the code', (group) => {
  const documented = readTable(page, group, 'function').map((row) => readDescribed(row, 'function'));
  const functions = templateFunctions.filter((row) => row.group === group);
  expect(documented).toEqual(functions.map(({ group: _, ...row }) => row));
});

test.each([
  ['parameters', parameterMethods, 0],
  ['a time', timeMethods, 1],
] as const)('the methods of %s are those of the code', (_, methods, table) => {
  const tables = listTables(readSection(page, 'language').lines).filter(([row]) => row?.has('method') === true);
  const documented = (tables[table] ?? []).map((row) => readDescribed(row, 'method'));
  expect(documented).toEqual(listMethods(methods));
});

/** The receiver is a method's first argument in the code, and stands before its dot in a template. */
function listMethods(methods: FunctionGroup): readonly Described[] {
  return Object.entries(methods).map(([name, { takes, meaning }]) => ({
    name,
    arguments: takes
      .slice(1)
      .map((parameter) => parameter.name)
      .join(' '),
    meaning,
  }));
}

test('the functions that are refused are those of the code, with its reasons', () => {
  const rows = readTable(page, 'functions-that-are-refused', 'function');
  expect(rows.map((row) => [row.get('function'), row.get('why')])).toEqual([...refusedFunctions]);
});

test('the functions that the page calls unknown are', () => {
  const prose = readSection(page, 'functions-that-are-refused').lines.join(' ');
  const unknown = /\(([^)]*genPrivateKey[^)]*)\)/.exec(prose)?.[1] ?? '';
  const called = [...unknown.matchAll(/`(\w+)`/g)].map((match) => match[1]);
  expect(called.length).toBeGreaterThan(2);
  for (const name of called) expect(() => compileTemplate(`{{ ${name} }}`, options)).toThrow('unknown function');
});

describe('the examples', () => {
  const rows = readTable(page, 'the-data', 'write');

  test.each(readColumn(rows, 'to have').map((wish, i) => [wish, readCode(rows[i]?.get('write'))] as const))(
    '%s: %s',
    (_, source) => {
      const parameters = new Map([
        ['shelf', ['B"2', 'C3']],
        ['since', ['1782900000']],
        ['sku', ['A', 'B']],
        ['key', ['k']],
      ]);
      expect(compileTemplate(source, options).render(parameters)).not.toMatch(/<no value>|^$/);
      if (!source.includes('.since') && !source.includes('.sku') && !source.includes('.shelf')) {
        expect(compileTemplate(source, options).render(new Map())).not.toContain('<no value>');
      }
    },
  );

  test('some of them give what one expects', () => {
    const render = (source: string, shelf: readonly string[]) =>
      compileTemplate(source, options).render(new Map(shelf.length === 0 ? [] : [['shelf', shelf]]));
    const sources = readColumn(rows, 'write').map((cell) => readCode(cell));
    const [withDefault = '', json = '', all = ''] = sources;
    expect(render(withDefault, [])).toBe('A1');
    expect(render(json, ['B"2'])).toBe('"B\\"2"');
    expect(render(all, ['B2', 'C3'])).toBe('["B2","C3"]');
    expect(render('{{ .shelf }}', ['B2'])).toBe('[B2]');
    expect(render('{{ .shelf | first }}', [])).toBe('<no value>');
    expect(render('{{ .Get "shelf" }}', ['B2'])).toBe('B2');
  });

  test('the bounds of the page are those of the code', () => {
    expect(templateLimits).toEqual({ outputBytes: 1024 * 1024, steps: 1_000_000 });
    expect(page.prose.join('\n')).toContain('at most 1 MiB of text, and does at most a million steps');
  });
});
