import type { FormatName } from '../../src/model/metrics.js';

/**
 * The grammars of the text formats as their specifications write them, line by line, with names in quotes as
 * "UTF-8 support for metric and label names" has them. Prometheus' parser takes more than these.
 *
 * Sources: "Exposition formats" (text 0.0.4), the ABNF of OpenMetrics 1.0 and of 2.0.0-rc0.
 */
export type TextFormat = Exclude<FormatName, 'protobuf'>;

const any = (...alternatives: readonly string[]) => `(?:${alternatives.join('|')})`;

const METRIC_NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const LABEL_NAME = '[a-zA-Z_][a-zA-Z0-9_]*';
/** Any character but a newline, a quote and a backslash, or one of the three escapes. */
const ESCAPED = '(?:[^\\n"\\\\]|\\\\[n"\\\\])';
const QUOTED = `"${ESCAPED}+"`;
const NAME = any(METRIC_NAME, QUOTED);
const LABEL = `${any(LABEL_NAME, QUOTED)}="${ESCAPED}*"`;
const LABELS = `\\{(?:${LABEL}(?:,${LABEL})*)?\\}`;
/** `name{labels}`, or `{"name",labels}`. */
const SERIES = any(`${METRIC_NAME}(?:${LABELS})?`, `\\{${QUOTED}(?:,${LABEL})*\\}`);

const REAL = '[+-]?(?:[0-9]+(?:\\.[0-9]*)?|\\.[0-9]+)(?:[eE][+-]?[0-9]+)?';
const NUMBER = any(REAL, '[+-]?Inf', 'NaN');
const INTEGER = '[+-]?[0-9]+';

const list = (item: string) => `\\[(?:${item}(?:,${item})*)?\\]`;
const BUCKETS = `bucket:\\[(?:${any(REAL, '-Inf')}:${NUMBER},(?:${REAL}:${NUMBER},)*)?\\+Inf:${NUMBER}\\]`;
const side = (name: string) =>
  `(?:,${name}_spans:${list(`${INTEGER}:[0-9]*[1-9][0-9]*`)},${name}_buckets:${list(NUMBER)})?`;
const NATIVE = `schema:${INTEGER},zero_threshold:${REAL},zero_count:${NUMBER}${side('negative')}${side('positive')}`;
const TOTALS = `count:${NUMBER},sum:${NUMBER}`;
const COMPOSITE = `\\{${TOTALS},${any(`${NATIVE}(?:,${BUCKETS})?`, BUCKETS, `quantile:${list(`${REAL}:${NUMBER}`)}`)}\\}`;

const metadata = (types: readonly string[], help: string) => [
  `# TYPE ${NAME} ${any(...types)}`,
  `# HELP ${NAME} ${help}`,
];
const openMetricsTypes = ['counter', 'gauge', 'histogram', 'gaugehistogram', 'stateset', 'info', 'summary', 'unknown'];
const openMetricsMetadata = [...metadata(openMetricsTypes, `${ESCAPED}*`), `# UNIT ${NAME} [a-zA-Z0-9_:]*`];

const lineGrammars: Readonly<Record<TextFormat, RegExp>> = {
  text: whole(
    ...metadata(['counter', 'gauge', 'histogram', 'summary', 'untyped'], '(?:[^\\n\\\\]|\\\\[n\\\\])*'),
    `${SERIES} ${NUMBER}(?: -?[0-9]+)?`,
  ),
  openmetrics: whole(
    ...openMetricsMetadata,
    `${SERIES} ${NUMBER}(?: ${REAL})?(?: # ${LABELS} ${NUMBER}(?: ${REAL})?)?`,
    '# EOF',
  ),
  openmetrics2: whole(
    ...openMetricsMetadata,
    `${SERIES} ${any(NUMBER, COMPOSITE)}(?: ${REAL})?(?: st@${REAL})?(?: # ${LABELS} ${NUMBER} ${REAL})*`,
    '# EOF',
  ),
};

function whole(...lines: readonly string[]): RegExp {
  return new RegExp(`^${any(...lines)}$`, 'u');
}

/** The names that samples of a family may have, by its type; OpenMetrics 2.0 has the family's alone. */
const suffixes: Readonly<Record<'text' | 'openmetrics', Readonly<Record<string, readonly string[]>>>> = {
  text: { histogram: ['_bucket', '_sum', '_count'], summary: ['', '_sum', '_count'] },
  openmetrics: {
    counter: ['_total', '_created'],
    histogram: ['_bucket', '_sum', '_count', '_created'],
    summary: ['', '_sum', '_count', '_created'],
    info: ['_info'],
  },
};

interface Family {
  readonly name: string;
  readonly facts: Set<string>;
  type: string;
  unit: string;
  samples: number;
}

/** Throws at the first line that is not of the format, or where it may not be. */
export function checkGrammar(text: string, format: TextFormat): void {
  const lines = text.split('\n');
  if (lines.pop() !== '' && text !== '') throw new Error('the last line has no newline');
  const isOpenMetrics = format !== 'text';
  if (isOpenMetrics && lines.at(-1) !== '# EOF') throw new Error('the last line is not # EOF');
  const seen = new Set<string>();
  let family: Family | undefined;
  for (const [i, line] of lines.entries()) {
    const fail = (rule: string): never => {
      throw new Error(`line ${i + 1}: ${rule}: ${line}`);
    };
    if (!lineGrammars[format].test(line)) fail('is not of the grammar');
    if (line === '# EOF') {
      if (i !== lines.length - 1) fail('is not the last one');
      continue;
    }
    const fact = /^# (HELP|TYPE|UNIT) ((?:"(?:[^"\\]|\\.)*")|\S+) (.*)$/su.exec(line);
    if (fact !== null) {
      const [, keyword = '', spelt = '', value = ''] = fact;
      const name = unquote(spelt);
      if (family?.name !== name) {
        if (seen.has(name)) fail('the family is there already');
        seen.add(name);
        family = { name, facts: new Set(), type: 'unknown', unit: '', samples: 0 };
      }
      if (family.samples > 0) fail('comes behind samples');
      if (family.facts.has(keyword)) fail(`a second ${keyword}`);
      family.facts.add(keyword);
      if (keyword === 'TYPE') family.type = value;
      if (keyword === 'UNIT') family.unit = value;
      continue;
    }
    if (family === undefined) fail('a sample without a family');
    else checkSample(line, family, { format, fail });
  }
}

function checkSample(
  line: string,
  family: Family,
  { format, fail }: { readonly format: TextFormat; readonly fail: (rule: string) => never },
): void {
  family.samples++;
  const { name: familyName, type, unit } = family;
  const { name, labels } = readSeries(line);
  const allowed = format === 'openmetrics2' ? [''] : (suffixes[format][type] ?? ['']);
  if (!allowed.some((suffix) => name === familyName + suffix)) fail(`is not of the family ${familyName}`);
  if (format === 'text') return;
  if (unit !== '' && format === 'openmetrics' && !familyName.endsWith(`_${unit}`)) fail('the family has another unit');
  if (unit !== '' && (type === 'info' || type === 'stateset')) fail('has a unit');
  if (type === 'info' && format === 'openmetrics2' && !familyName.endsWith('_info')) fail('does not end in _info');
  if (type === 'info' && !/[}\w:] 1(?: |$)/u.test(line)) fail('is not 1');
  if (type === 'stateset' && !labels.includes(familyName)) fail('has no label of its name');
  const isComposite = line.includes(' {count:');
  const wantsComposite = format === 'openmetrics2' && (type === 'histogram' || type === 'summary');
  if (isComposite !== wantsComposite) fail(isComposite ? 'is a composite value' : 'is not a composite value');
  const hasExemplar = / # \{/u.test(line.replace(/"(?:[^"\\]|\\.)*"/gu, '""'));
  if (!hasExemplar) return;
  if (type !== 'counter' && type !== 'histogram') fail('has an exemplar');
  if (format === 'openmetrics' && !/_(?:total|bucket)$/u.test(name)) fail('has an exemplar');
}

/** The name of a sample's series and of its labels. */
function readSeries(line: string): { readonly name: string; readonly labels: readonly string[] } {
  const match = new RegExp(`^(?:(${METRIC_NAME})|\\{(${QUOTED}))`, 'u').exec(line);
  const name = match?.[1] ?? unquote(match?.[2] ?? '');
  const series = new RegExp(`^${SERIES}`, 'u').exec(line)?.[0] ?? '';
  const labels = [...series.matchAll(new RegExp(`(?<=[{,])(${any(LABEL_NAME, QUOTED)})="${ESCAPED}*"`, 'gu'))];
  return { name, labels: labels.map(([, label = '']) => unquote(label)) };
}

function unquote(spelt: string): string {
  if (!spelt.startsWith('"')) return spelt;
  return spelt.slice(1, -1).replace(/\\(.)/gsu, (_, character: string) => (character === 'n' ? '\n' : character));
}
