import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compileTemplate, TemplateError, templateFunctions } from '../../src/gotemplate/template.js';
import { runs } from '../support/runs.js';
import { options } from './options.js';

const small = { ...options, maxSteps: 20_000, maxOutputBytes: 10_000 };
const parameters = new Map([
  ['a', ['1', 'x']],
  ['__proto__', ['p']],
]);

/** Compiles and renders, and holds every error to its contract: of the one class, and within the source. */
function check(source: string): void {
  try {
    expect(typeof compileTemplate(source, small).render(parameters)).toBe('string');
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    const lines = source.split('\n');
    expect(error.line).toBeGreaterThanOrEqual(1);
    expect(error.line).toBeLessThanOrEqual(lines.length);
    expect(error.column).toBeGreaterThanOrEqual(1);
    expect(error.column).toBeLessThanOrEqual((lines[error.line - 1] ?? '').length + 1);
    expect(error.message).not.toBe('');
  }
}

const words = [
  ...[
    '{{',
    '}}',
    '{{-',
    '-}}',
    '{{- ',
    ' -}}',
    '{{/*',
    '*/}}',
    ' ',
    '\n',
    '(',
    ')',
    '|',
    ':=',
    '=',
    ',',
    '.',
    '$',
    '$x',
    '.a',
  ],
  ...[
    'if',
    'else',
    'end',
    'range',
    'with',
    'define',
    'template',
    'block',
    'break',
    'continue',
    'nil',
    'true',
    '"t"',
    '`r`',
  ],
  ...[
    '1',
    '-2',
    '1.5',
    '1e3',
    '0x1F',
    "'c'",
    '"%d"',
    '"%5.2f|%q"',
    '.__proto__',
    '.Get',
    'now.Unix',
    '"2006-01-02"',
    '"',
    "'",
    '\\',
  ],
  ...templateFunctions.map(({ name }) => name),
];
const soup = fc.array(fc.constantFrom(...words), { maxLength: 30 }).map((parts) => parts.join(' '));
const tight = fc.array(fc.constantFrom(...words), { maxLength: 20 }).map((parts) => `{{ ${parts.join('')}`);

const argument = fc.constantFrom(
  ...[
    '.a',
    '$',
    '(.a | first)',
    '(.b | first)',
    '"x"',
    '"3"',
    '""',
    '5',
    '-1',
    '2.5',
    'true',
    'nil',
    'now',
    '(dict "k" 1)',
    '(list 1 "a" nil)',
  ],
);
const call = fc
  .tuple(fc.constantFrom(...templateFunctions.map(({ name }) => name)), fc.array(argument, { maxLength: 4 }))
  .map(([name, args]) => [name, ...args].join(' '));
const calls = fc.array(call, { minLength: 1, maxLength: 4 }).map((parts) => `{{ ${parts.join(' | ')} }}`);

test.each([
  ['any text', fc.string({ unit: 'binary', maxLength: 200 })],
  ['any text in an action', fc.string({ unit: 'binary', maxLength: 100 }).map((text) => `{{${text}}}`)],
  ['words with spaces', soup],
  ['words without spaces', tight],
  ['calls of functions', calls],
])('%s renders or is a TemplateError within the source', (_, sources) => {
  fc.assert(fc.property(sources, check), { numRuns: runs(2000) });
});

test('text without delimiters renders as it is', () => {
  const plain = fc.string({ unit: 'grapheme', maxLength: 100 }).filter((text) => !text.includes('{{'));
  fc.assert(
    fc.property(plain, (text) => {
      expect(compileTemplate(text, options).render(parameters)).toBe(text);
    }),
  );
});

test('a quoted text renders as it is', () => {
  const text = fc.string({ unit: 'grapheme', maxLength: 100 }).filter((each) => !/[\u2028\u2029\x7f]/.test(each));
  fc.assert(
    fc.property(text, (each) => {
      expect(compileTemplate(`{{ ${JSON.stringify(each)} }}`, options).render(parameters)).toBe(each);
    }),
    { examples: [')', '(', '|', '}}', '{{', '.', '$', ':='].map((symbol) => [symbol]) },
  );
});
