import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { compileTemplate } from '../../src/jsonpath/kubernetes/template.js';
import { PathFailure, PathSyntaxError } from '../../src/jsonpath/path.js';
import { unlimitedWork } from '../support/unlimited-work.js';

const recorded = fileURLToPath(new URL('../../fixtures/conformance/kubernetes-jsonpath.jsonl', import.meta.url));

interface Case {
  readonly path: string;
  readonly data: string;
  readonly allow_missing_key: boolean;
  readonly json_output: boolean;
  readonly out?: string;
  readonly float?: string;
  readonly missing?: boolean;
  readonly error?: string;
}

type Outcome =
  | { readonly failed: string }
  | { readonly out: unknown; readonly float?: number | 'error'; readonly missing: boolean };

const words: Record<string, number | 'error'> = {
  error: 'error',
  NaN: Number.NaN,
  '+Inf': Infinity,
  '-Inf': -Infinity,
};

function run(one: Case): Outcome {
  try {
    const document: unknown = JSON.parse(one.data);
    const path = compileTemplate(one.path, { allowMissingKey: one.allow_missing_key, strictNumbers: true });
    return one.json_output
      ? select(path.select(document, unlimitedWork))
      : print(one, path.text(document, unlimitedWork), path.number(document, unlimitedWork));
  } catch (thrown) {
    if (thrown instanceof SyntaxError || thrown instanceof PathSyntaxError) return { failed: thrown.message };
    throw thrown;
  }
}

function select(nodes: readonly unknown[] | PathFailure): Outcome {
  return nodes instanceof PathFailure ? { failed: nodes.message } : { out: nodes, missing: false };
}

function print(one: Case, text: string | PathFailure, number: number | PathFailure): Outcome {
  const isMissing = text instanceof PathFailure && text.kind === 'missing' && one.allow_missing_key;
  if (text instanceof PathFailure && !isMissing) return { failed: text.message };
  const out = text instanceof PathFailure ? '' : text;
  return { out, float: number instanceof PathFailure ? 'error' : number, missing: isMissing };
}

/** What json_exporter makes of the output for a `type: object` path: it must be one JSON text. */
function readExpected(one: Case): Outcome {
  if (one.error !== undefined) return { failed: one.error };
  if (!one.json_output) {
    const float = words[one.float ?? ''] ?? Number(one.float);
    return { out: one.out, float, missing: one.missing ?? false };
  }
  try {
    return { out: JSON.parse(one.out ?? ''), missing: false };
  } catch {
    return { failed: 'json_exporter cannot read the output again' };
  }
}

const lines = readFileSync(recorded, 'utf8').split('\n');
const cases = lines.filter((line) => line !== '').map((line): Case => JSON.parse(line));

describe('the Kubernetes JSONPath implementation, as recorded', () => {
  afterAll(() => void process.stdout.write(`kubernetes-jsonpath.jsonl: ${cases.length} recorded cases ran\n`));

  for (const [index, one] of cases.entries()) {
    const mode = `${one.json_output ? ' as objects' : ''}${one.allow_missing_key ? ' with allow_missing_key' : ''}`;
    test(`line ${index + 1}: ${JSON.stringify(one.path)}${mode}`, () => {
      const expected = readExpected(one);
      const outcome = run(one);
      if ('failed' in expected) expect(outcome).toHaveProperty('failed');
      else expect(outcome).toEqual(expected);
    });
  }
});
