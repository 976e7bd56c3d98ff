import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compileTemplate } from '../../src/jsonpath/kubernetes/template.js';
import { PathFailure, PathSyntaxError } from '../../src/jsonpath/path.js';
import { compileQuery } from '../../src/jsonpath/rfc9535/query.js';
import { runs } from '../support/runs.js';
import { unlimitedWork } from '../support/unlimited-work.js';
import { documentText } from './documents.js';
import { evaluate, NaiveError, step, toQuery, toTemplate } from './naive-path.js';

const options = { allowMissingKey: false, strictNumbers: false };
const steps = fc.array(step, { minLength: 1, maxLength: 4 });
const parameters = { numRuns: runs(1500) };

/** Pieces that templates are made of, in any order: most are nonsense, many are nearly right. */
const templateSource = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        ...['{', '}', '[', ']', '[?(', ')]', '.', '..', '*', '@', '$', ',', ':', '"', "'", '\\', ' ', '\n', '\t'],
        ...[
          'range',
          'end',
          'true',
          'a',
          'é',
          '😀',
          '1',
          '-',
          '2.5',
          '==',
          '<',
          '!',
          '{.a}',
          "['a']",
          '[0]',
          '|',
          '\ud800',
        ],
      ),
      fc.string({ maxLength: 3, unit: 'binary' }),
    ),
    { maxLength: 24 },
  )
  .map((pieces) => pieces.join(''));

function attempt<T>(action: () => T): T | 'failed' {
  try {
    return action();
  } catch (thrown) {
    if (thrown instanceof NaiveError) return 'failed';
    throw thrown;
  }
}

describe('a template', () => {
  test('selects what the naive evaluator selects, and fails where it fails', () => {
    fc.assert(
      fc.property(steps, documentText, (path, text) => {
        const document: unknown = JSON.parse(text);
        fc.pre(document !== null);
        const expected = attempt(() => evaluate(path, { document, language: 'template' }));
        const selected = compileTemplate(toTemplate(path), options).select(document, unlimitedWork);
        if (expected === 'failed') expect(selected).toBeInstanceOf(PathFailure);
        else expect(selected).toStrictEqual(expected);
      }),
      parameters,
    );
  });

  test('has the same matches in select, text and number', () => {
    fc.assert(
      fc.property(steps, documentText, (path, text) => {
        const document: unknown = JSON.parse(text);
        const template = compileTemplate(toTemplate(path), options);
        const selected = template.select(document, unlimitedWork);
        const [only] = selected instanceof PathFailure ? [] : selected;
        if (selected instanceof PathFailure || selected.length !== 1 || typeof only !== 'number') return;
        expect(template.number(document, unlimitedWork)).toBe(only);
        expect(Number(template.text(document, unlimitedWork))).toBe(only);
      }),
      parameters,
    );
  });

  test('gives with allow_missing_key what it gives without, where that is no failure', () => {
    fc.assert(
      fc.property(steps, documentText, (path, text) => {
        const document: unknown = JSON.parse(text);
        const source = toTemplate(path);
        const strict = compileTemplate(source, options).select(document, unlimitedWork);
        const lenient = compileTemplate(source, { ...options, allowMissingKey: true }).select(document, unlimitedWork);
        if (!(strict instanceof PathFailure)) expect(lenient).toStrictEqual(strict);
      }),
      parameters,
    );
  });

  test('compiles or throws PathSyntaxError with a position inside it, and never throws for a document', () => {
    fc.assert(
      fc.property(templateSource, documentText, fc.boolean(), (source, text, flag) => {
        const document: unknown = JSON.parse(text);
        try {
          const template = compileTemplate(source, { allowMissingKey: flag, strictNumbers: flag });
          for (const result of [
            template.text(document, unlimitedWork),
            template.number(document, unlimitedWork),
            template.select(document, unlimitedWork),
          ]) {
            expect(result).toBeDefined();
          }
        } catch (thrown) {
          if (!(thrown instanceof PathSyntaxError)) throw thrown;
          expect(thrown.position).toBeGreaterThanOrEqual(0);
          expect(thrown.position).toBeLessThanOrEqual(source.length);
        }
      }),
      { numRuns: runs(4000) },
    );
  });
});

describe('a query', () => {
  test('selects what the naive evaluator selects', () => {
    fc.assert(
      fc.property(steps, documentText, (path, text) => {
        const document: unknown = JSON.parse(text);
        const query = compileQuery(toQuery(path), { ...options, allowMissingKey: true });
        expect(query.select(document, unlimitedWork)).toStrictEqual(evaluate(path, { document, language: 'query' }));
      }),
      parameters,
    );
  });

  test('compiles or throws PathSyntaxError with a position inside it, and never throws for a document', () => {
    fc.assert(
      fc.property(templateSource, documentText, (rest, text) => {
        const source = `$${rest}`;
        try {
          const query = compileQuery(source, options);
          expect(query.select(JSON.parse(text), unlimitedWork)).toBeDefined();
        } catch (thrown) {
          if (!(thrown instanceof PathSyntaxError)) throw thrown;
          expect(thrown.position).toBeGreaterThanOrEqual(0);
          expect(thrown.position).toBeLessThanOrEqual(source.length);
        }
      }),
      { numRuns: runs(2000) },
    );
  });
});
