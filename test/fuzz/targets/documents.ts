import { isDeepStrictEqual } from 'node:util';
import { readHocon } from '../../../src/config/hocon/resolve.js';
import { HoconError } from '../../../src/config/hocon/syntax.js';
import { readProxyFile } from '../../../src/config/tunnel/tunnel-file.js';
import { type Findings, YamlCursor } from '../../../src/config/yaml-cursor.js';
import { findSyntaxProblem } from '../../../src/translate/document/syntax-error.js';
import { zotTranslator } from '../../../src/translate/zot/translate.js';
import { translateInChunks, translateWhole } from '../../translate/document/both-ways.js';
import { readConfig } from '../../translate/mapping/scrape-document.js';
import { type FuzzTarget, hold } from '../target.js';

const ROW = '{"Name":"a","Value":1,"LabelNames":["l"],"LabelValues":["v"]}';
const HISTOGRAM = '{"Name":"h","Count":2,"Sum":1.5,"Buckets":{"1":1,"+Inf":2},"LabelNames":[],"LabelValues":null}';

/** zot's JSON in chunks of any size means what it means as a whole; what is not JSON has a place. */
const json: FuzzTarget = {
  name: 'json',
  seeds: [
    `{"Gauges":[${ROW},${ROW}],"Counters":[{"Name":"c","Count":1}],"Histograms":[${HISTOGRAM}],"Summaries":null}`,
    '{"Gauges":[{"Name":"a","Value":1}],"\\u0047auges":[{"Name":"b","Value":2}]}',
    '{"Counters":[{"Name":"a.b","Count":1,"LabelNames":null}]} x',
    '[]',
  ],
  words: [
    ...['{', '}', '[', ']', ':', ',', '"', '\\', ' ', '\n', 'null', 'true', '1', '-', '.5', 'e9', '\\u0041', '\\ud83d'],
    ...['"Gauges":', '"Counters":', '"Histograms":', '"Summaries":', '"Name":"b"', '"Value":1', '"Buckets":', ROW],
    ...['"LabelNames":["l"]', '"LabelValues":["v"]', '"NaN"', '"+Inf"', '"Sum":', '"Count":'],
  ],
  run: (input) => {
    const whole = translateWhole(zotTranslator, input);
    for (const size of [1, 40, 200]) {
      const parts = translateInChunks(zotTranslator, input, size);
      hold(isDeepStrictEqual(parts, whole), `chunks of ${size} bytes give something else than the whole`);
    }
    const text = input.toString();
    if (isJson(text)) return;
    const { line, column } = findSyntaxProblem(text);
    const lines = text.split('\n');
    hold(line >= 1 && line <= lines.length, 'the line of a syntax error is outside of the text');
    hold(
      column >= 1 && column <= (lines[line - 1] ?? '').length + 1,
      'the column of a syntax error is outside of its line',
    );
  },
};

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** The reader of YAML never throws, and each node has a place; nor do the readers of files on top of it. */
const yaml: FuzzTarget = {
  name: 'yaml',
  seeds: [
    'module: m\nmodules:\n  m:\n    metrics:\n      - { name: a, path: "{.a}", labels: { l: x } }\n',
    'x-a: &a { k: 1 }\nb: *a\nc:\n  <<: *a\nd: |\n  text\n',
    'upstream: http://a\nlimits: { body_size: 64MiB }\nlog: { level: info }\ninclude: [a.yml]\n',
    'tunnel:\n  listen_addresses: [":1"]\n  agents: [{ name: a, token: t, paths: ["a_*"] }]\n',
  ],
  words: [
    ...[
      '- ',
      ': ',
      '\n',
      '\n  ',
      '[',
      ']',
      '{',
      '}',
      ', ',
      '&a ',
      '*a',
      '<<: *a',
      '| \n',
      '>-\n ',
      '"',
      "'",
      '#',
      '---\n',
    ],
    ...['? ', '!!str ', '!x ', '%YAML 1.2\n', '~', 'null', 'modules:', 'metrics:', 'targets:', 'auths:', 'tunnel:'],
    ...['path:', 'name:', 'allow:', 'timeout: 5s', 'translator: zot', 'proxies:', 'agents:', 'tls:', '${A}', 'x-a:'],
  ],
  run: (input) => {
    const text = input.toString();
    const findings: Findings = { problems: [], warnings: [] };
    const root = YamlCursor.open('f.yml', text, findings);
    if (root !== undefined) walk(root, { left: 2000 });
    for (const { where } of [...findings.problems, ...findings.warnings]) {
      hold(/^f\.yml:\d+:\d+/.test(where), 'a problem of YAML has no place');
    }
    readConfig(text);
    readProxyFile({ name: 'f.yml', text, environment: {}, include: () => [] } as never);
  },
};

function walk(cursor: YamlCursor, budget: { left: number }): void {
  if (budget.left-- <= 0) return;
  hold(/^f\.yml:\d+:\d+/.test(cursor.where), 'a node of YAML has no place');
  void cursor.text;
  for (const item of cursor.items ?? []) walk(item, budget);
  for (const field of cursor.fields ?? []) walk(field.cursor, budget);
}

/** HOCON is read, or refused with a place. */
const hocon: FuzzTarget = {
  name: 'hocon',
  seeds: [
    'agent { name = "a", pathConfigs: [{ path = a, url = "http://a" }] }\nproxy.agent.port = 50051',
    'a = [1] [2]\nb = ${a} ${?c}\nd += 1\ne = """x"""',
    'include "x.conf"\na.b."c.d" = 1 // c',
  ],
  words: [
    ...['{', '}', '[', ']', '=', ':', '+=', ',', '\n', '"', '"""', '\\', '${', '${?', '}', '.', '#', '//', ' '],
    ...['include ', 'include file("x")', 'required(', ')', 'a', 'b', 'true', 'null', '1', '1.5', '\\u00e9', 'a.b'],
  ],
  run: (input) => {
    try {
      readHocon({
        text: input.toString(),
        environment: { A: 'x' },
        include: (path) => (path === 'x' ? 'a = 1' : undefined),
      });
    } catch (thrown) {
      if (!(thrown instanceof HoconError)) throw thrown;
      hold(thrown.message !== '', 'an error of HOCON has no message');
    }
  },
};

export const documentTargets = [json, yaml, hocon];
