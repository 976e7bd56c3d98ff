import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { parseGoInt } from '../../src/golang/number.js';
import { loadPathCompiler, type PathCompiler } from '../../src/jsonpath/compiler.js';
import { parseDocument } from '../../src/jsonpath/document.js';
import { PathFailure, type PathOptions, PathSyntaxError } from '../../src/jsonpath/path.js';
import { unlimitedWork } from '../support/unlimited-work.js';

/**
 * Runs the recorded cases of json_exporter that are about paths and values through the path engines alone, with the
 * smallest translator that will do. Names, duplicates, requests and the like are the mapping translator's business.
 */
const recorded = fileURLToPath(new URL('../../fixtures/conformance/json-exporter.jsonl', import.meta.url));
const GROUPS = /^(?:path|filter|labels|value|object|allow_missing_key|timestamp): /;
const AS_QUERY = 'a path that begins with $ is a constant';
const STRICT = 'label numbers';
const NOT_ABOUT_PATHS = 'refuses this configuration';

interface Metric {
  readonly name: string;
  readonly path?: string;
  readonly type?: string;
  readonly labels?: Record<string, string>;
  readonly values?: Record<string, string>;
  readonly epochtimestamp?: string;
  readonly allow_missing_key?: boolean;
}

interface Sample {
  readonly name: string;
  readonly labels: Record<string, string>;
  readonly value: number;
  readonly timestamp?: string;
}

interface Case {
  readonly name: string;
  readonly config: string;
  readonly document: string;
  readonly expect: { readonly samples?: readonly (Omit<Sample, 'value'> & { readonly value: string })[] };
  readonly deviates?: string;
}

class Translator {
  readonly samples: Sample[] = [];
  readonly #compile: PathCompiler;
  readonly #strictNumbers: boolean;

  constructor(compile: PathCompiler, strictNumbers: boolean) {
    this.#compile = compile;
    this.#strictNumbers = strictNumbers;
  }

  run(metric: Metric, document: unknown): void {
    const { path = '', values = {}, name } = metric;
    if (metric.type !== 'object') {
      this.#sample(metric, { name, path, node: document });
      return;
    }
    const nodes = this.#ask(metric, path, (compiled) => compiled.select(document, unlimitedWork));
    if (nodes instanceof PathFailure) return;
    for (const node of nodes) {
      for (const [key, value] of Object.entries(values)) {
        this.#sample(metric, { name: `${name}_${key}`, path: String(value), node });
      }
    }
  }

  #sample(metric: Metric, { name, path, node }: { name: string; path: string; node: unknown }): void {
    const value = this.#ask(metric, path, (compiled) => compiled.number(node, unlimitedWork));
    if (value instanceof PathFailure) return;
    const labels: Record<string, string> = {};
    for (const [label, source] of Object.entries(metric.labels ?? {})) {
      const text = this.#ask(metric, source, (compiled) => compiled.text(node, unlimitedWork));
      labels[label.replace(/^[0-9]|[^a-zA-Z0-9_]/gu, '_')] = typeof text === 'string' ? text : '';
    }
    const timestamp = metric.epochtimestamp === undefined ? undefined : this.#timestamp(metric, node);
    this.samples.push({ name, labels, value, ...(timestamp === undefined ? {} : { timestamp: String(timestamp) }) });
  }

  #timestamp(metric: Metric, node: unknown): bigint | undefined {
    const text = this.#ask(metric, metric.epochtimestamp ?? '', (compiled) => compiled.text(node, unlimitedWork));
    return typeof text === 'string' ? parseGoInt(text) : undefined;
  }

  #ask<T>(metric: Metric, path: string, question: (compiled: ReturnType<PathCompiler>) => T): T | PathFailure {
    const options: PathOptions = {
      allowMissingKey: metric.allow_missing_key ?? false,
      strictNumbers: this.#strictNumbers,
      numberText: this.#strictNumbers ? 'go' : 'mixed',
    };
    try {
      return question(this.#compile(path, options));
    } catch (thrown) {
      if (thrown instanceof PathSyntaxError) return new PathFailure('error', thrown.message);
      throw thrown;
    }
  }
}

async function collect(one: Case, strictNumbers: boolean): Promise<Sample[]> {
  const config: { modules: { default: { metrics: Metric[] } } } = parse(one.config, { schema: 'failsafe' });
  const translator = new Translator(await loadPathCompiler(['$']), strictNumbers);
  for (const metric of config.modules.default.metrics) {
    const isAllowed = String(metric.allow_missing_key) === 'true';
    translator.run({ ...metric, allow_missing_key: isAllowed }, parseDocument(one.document));
  }
  return translator.samples;
}

const words: Record<string, number> = { '+Inf': Number.POSITIVE_INFINITY, '-Inf': Number.NEGATIVE_INFINITY };

function sorted(samples: readonly Sample[]): string[] {
  const line = ({ name, labels, value, timestamp }: Sample) =>
    JSON.stringify([name, Object.entries(labels).sort(), String(value), timestamp]);
  return samples.map(line).sort();
}

const lines = readFileSync(recorded, 'utf8')
  .split('\n')
  .filter((line) => line !== '');
const cases = lines
  .map((line): Case => JSON.parse(line))
  .filter((one) => GROUPS.test(one.name) && one.deviates?.includes(NOT_ABOUT_PATHS) !== true);
const deviations: string[] = [];

describe('json_exporter, as recorded, its paths and values', () => {
  afterAll(() => {
    process.stdout.write(`json-exporter.jsonl: ${cases.length} recorded cases about paths and values ran\n`);
    for (const deviation of deviations) process.stdout.write(`  deviates: ${deviation}\n`);
  });

  for (const one of cases) {
    const deviates = one.deviates ?? '';
    test(one.name, async () => {
      const samples = (one.expect.samples ?? []).map((sample) => ({
        ...sample,
        value: words[sample.value] ?? Number(sample.value),
      }));
      const found = sorted(await collect(one, deviates.startsWith(STRICT)));
      if (deviates === '' || deviates.startsWith(STRICT)) {
        expect(found).toEqual(sorted(samples));
        return;
      }
      deviations.push(`${one.name}: ${deviates}`);
      if (!deviates.startsWith(AS_QUERY)) expect(found.length).toBeGreaterThanOrEqual(samples.length);
    });
  }
});
