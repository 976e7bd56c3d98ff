import { Budget } from '../../../src/cel/budget.js';
import { compileExpression } from '../../../src/cel/expression.js';
import { dyn } from '../../../src/cel/types.js';
import { compileTemplate, TemplateError } from '../../../src/gotemplate/template.js';
import { compileTemplate as compilePath } from '../../../src/jsonpath/kubernetes/template.js';
import { PathSyntaxError } from '../../../src/jsonpath/path.js';
import { compileQuery } from '../../../src/jsonpath/rfc9535/query.js';
import { ZxpError } from '../../../src/model/errors.js';
import { Work } from '../../../src/model/work.js';
import { type FuzzTarget, hold } from '../target.js';

const DOCUMENT = {
  a: [{ v: 1, l: 'x', b: [{ v: 2 }] }, { v: '3', l: null }, 5, [], {}],
  b: { k: { v: 3 }, 'a.b': true, é: '😀' },
  o: 'text',
  n: null,
};
const DOCUMENTS: readonly unknown[] = [DOCUMENT, [DOCUMENT, 1], 'text', 7];
const pathOptions = [
  { allowMissingKey: false, strictNumbers: false },
  { allowMissingKey: true, strictNumbers: true },
];

/** Thrown where a path costs more than a look at the clock apart: what scrapes limit by their time. */
class Enough extends Error {}

function limitedWork(): Work {
  return new Work(() => {
    throw new Enough();
  });
}

/** A path compiles or is refused with a position inside of it, and never throws for a document but for what it costs. */
const path: FuzzTarget = {
  name: 'path',
  seeds: [
    ...['{.a[*].v}', '{range .a[*]}{.l}{"\\n"}{end}', "{.b['a.b']}", '{..v}', '{.a[?(@.v>1)].l}', '{.a[0:2:1]}'],
    ...['$.a[*].v', "$['b']['k'].v", '$..v', '$.a[?@.v > 1 && @.l == "x"]', '$.a[?length(@.b) >= 1]', '$.a[-1:0:-1]'],
  ],
  words: [
    ...['{', '}', '[', ']', '[*]', '.', '..', '*', '$', '@', '?(', '?', ')', '(', ',', ':', "'", '"', '\\', ' '],
    ...[
      '==',
      '!=',
      '<',
      '<=',
      '>',
      '&&',
      '||',
      '!',
      'range ',
      '{end}',
      'true',
      'null',
      '0',
      '-1',
      '1e3',
      '9007199254740993',
    ],
    ...['length(', 'count(', 'match(', 'search(', 'value(', '.a', '.b', '.v', "['a.b']", '.é', '[0]', '[1:3]', '"x"'],
  ],
  run: (input) => {
    const source = input.toString();
    for (const compile of [compilePath, compileQuery]) {
      for (const options of pathOptions) {
        try {
          const compiled = compile(source, options);
          for (const document of DOCUMENTS) {
            hold(compiled.text(document, limitedWork()) !== undefined, 'a path gives no text');
            hold(compiled.number(document, limitedWork()) !== undefined, 'a path gives no number');
            hold(compiled.select(document, limitedWork()) !== undefined, 'a path selects nothing and does not fail');
          }
        } catch (thrown) {
          if (thrown instanceof Enough) continue;
          if (!(thrown instanceof PathSyntaxError)) throw thrown;
          hold(
            thrown.position >= 0 && thrown.position <= source.length,
            'the position of a path error is outside of it',
          );
        }
      }
    }
  },
};

const templateOptions = {
  now: () => new Date('2026-07-04T09:08:07.123Z'),
  randomBytes: (count: number) => new Uint8Array(count),
  timeZone: 'UTC',
  maxSteps: 20_000,
  maxOutputBytes: 10_000,
};
const parameters = new Map([
  ['a', ['1', 'x']],
  ['__proto__', ['p']],
]);

/** A template renders, or fails with a place inside of it, and within its budget. */
const template: FuzzTarget = {
  name: 'template',
  seeds: [
    '{"q": "{{ .a | join "," }}"}',
    '{{ range $i, $v := .a }}{{ if eq $v "x" }}{{ $i }}{{ else }}-{{ end }}{{ end }}',
    '{{ now | date "2006-01-02" }} {{ printf "%05.2f %q" 1.5 "x" }}',
    '{{ with $x := index .a 0 }}{{ $x | quote | b64enc }}{{ end }}{{/* c */}}',
    '{{ define "t" }}{{ . }}{{ end }}{{ template "t" 3 }}',
  ],
  words: [
    ...[
      '{{',
      '}}',
      '{{- ',
      ' -}}',
      '{{/*',
      '*/}}',
      '(',
      ')',
      '|',
      ':=',
      '=',
      ',',
      '$',
      '$x',
      '.',
      '.a',
      '"',
      '`',
      "'",
      ' ',
    ],
    ...[
      'range ',
      'if ',
      'else',
      'end',
      'with ',
      'define ',
      'template ',
      'block ',
      'break',
      'continue',
      'index ',
      'len ',
      'eq ',
    ],
    ...[
      'printf ',
      '%v',
      '%q',
      '%x',
      '%[2]*.*f',
      'now',
      'date ',
      'dict ',
      'list ',
      'until ',
      'repeat ',
      'regexReplaceAll ',
    ],
    ...[
      'nil',
      'true',
      '1',
      '-1',
      '0x1p-2',
      '1i',
      "'a'",
      'toJson ',
      'fromJson ',
      'splitList ',
      'trunc ',
      'add ',
      'div ',
      '0',
    ],
  ],
  run: (input) => {
    const source = input.toString();
    try {
      hold(typeof compileTemplate(source, templateOptions).render(parameters) === 'string', 'a template gives no text');
    } catch (thrown) {
      if (!(thrown instanceof TemplateError)) throw thrown;
      const lines = source.split('\n');
      hold(thrown.line >= 1 && thrown.line <= lines.length, 'the line of a template error is outside of it');
      hold(
        thrown.column >= 1 && thrown.column <= (lines[thrown.line - 1] ?? '').length + 1,
        'the column of a template error is outside of its line',
      );
    }
  },
};

/** An expression compiles or is refused, and gives a value or a failure for every document. */
const cel: FuzzTarget = {
  name: 'cel',
  seeds: [
    'body.a.exists(x, x.v > 1.0) && size(body.b) == 3',
    'body.a.filter(x, has(x.l)).map(x, string(x.v)).join(",")',
    'timestamp("2026-07-04T09:08:07Z") + duration("1h") > timestamp(0)',
    '{"a": [1, 2u, b"x", r"\\d"]}.a[0] in [1] ? "y" : type(body)',
    'body.o.matches("^(a+)+$") || "x".startsWith("y") || !true',
  ],
  words: [
    ...[
      'body',
      '.a',
      '.b',
      '.v',
      '[0]',
      '(',
      ')',
      '[',
      ']',
      '{',
      '}',
      ',',
      ':',
      '?',
      '!',
      '-',
      '+',
      '*',
      '/',
      '%',
      '"',
      "'",
      ' ',
    ],
    ...[
      '==',
      '!=',
      '<',
      '>=',
      '&&',
      '||',
      ' in ',
      '.map(x, ',
      '.filter(x, ',
      '.all(x, ',
      '.exists_one(x, ',
      'has(',
      'size(',
    ],
    ...['string(', 'int(', 'double(', 'bytes(', 'timestamp(', 'duration(', 'type(', 'dyn(', '.matches(', '.contains('],
    ...[
      '1',
      '1u',
      '1.5',
      '-9223372036854775808',
      '0xff',
      '1e400',
      'true',
      'null',
      'b"',
      'r"',
      '"""',
      '\\u00e9',
      '\\x',
      'x',
    ],
  ],
  run: (input) => {
    try {
      const expression = compileExpression(input.toString(), { body: dyn });
      for (const document of DOCUMENTS) {
        const value = expression.evaluate([document], new Budget({ bytes: 0, isLate: () => false }));
        hold(value !== undefined, 'an expression gives nothing');
      }
    } catch (thrown) {
      if (!(thrown instanceof ZxpError) || thrown.code === 'internal') throw thrown;
    }
  },
};

export const languageTargets = [path, template, cel];
