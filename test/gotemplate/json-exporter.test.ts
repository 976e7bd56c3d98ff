import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { compileTemplate, type RequestTemplate, TemplateError } from '../../src/gotemplate/template.js';
import { options } from './options.js';

interface Case {
  name: string;
  config: string;
  query: Record<string, string | string[] | null>;
  expect: { request: { body?: string } | null };
  deviates?: string;
}

const recorded = new URL('../../fixtures/conformance/json-exporter.jsonl', import.meta.url);
const cases = readFileSync(recorded, 'utf8').trim().split('\n').map(readCase);
const bodies = cases.filter(({ name }) => /^(?:template|body):/.test(name));

function readCase(line: string): Case {
  return JSON.parse(line);
}

function bodyOf({ config, query }: Case): { content: string; templatize: boolean } {
  const module = typeof query.module === 'string' ? query.module : 'default';
  const { content, templatize = false } = parse(config).modules[module].body;
  return { content, templatize };
}

function parametersOf({ query }: Case): Map<string, string[]> {
  const given = Object.entries(query).filter(([, value]) => value !== null);
  return new Map(given.map(([name, value]) => [name, [value ?? []].flat()]));
}

/** The body as a caller sends it: json_exporter falls back on the source when rendering fails. */
function send(template: RequestTemplate, one: Case): string {
  try {
    return template.render(parametersOf(one));
  } catch (error) {
    if (error instanceof TemplateError) return bodyOf(one).content;
    throw error;
  }
}

describe('request bodies that json_exporter sends', () => {
  test('there are recorded cases', () => {
    expect(bodies.length).toBeGreaterThan(20);
  });

  test.each(bodies)('$name', (one) => {
    const { content, templatize } = bodyOf(one);
    const sent = one.expect.request?.body ?? '';
    if (!templatize) {
      expect(sent).toBe(content);
    } else if (one.deviates !== undefined && !one.deviates.startsWith('may:')) {
      expect(() => compileTemplate(content, options)).toThrow(TemplateError);
    } else {
      // What may be refused (`may:`) is not: all of it is supported.
      expect(send(compileTemplate(content, options), one)).toBe(sent);
    }
  });
});
