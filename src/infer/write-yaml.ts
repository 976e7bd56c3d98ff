import type { Option, OptionEntry } from './column.js';
import type { MetricDraft } from './drafts.js';

export interface FileDraft {
  readonly heading: readonly string[];
  /** The one target; undefined where the reader has to add it. */
  readonly target: readonly OptionEntry[] | undefined;
  readonly module: string;
  /** Further keys of the module. */
  readonly options: readonly OptionEntry[];
  readonly metrics: readonly MetricDraft[] | undefined;
  /** Comments at the end. */
  readonly footing: readonly string[];
}

/** Writes the file, each line of it at most about 120 characters where it can be broken. */
export function writeYaml({ heading, target, module, options, metrics, footing }: FileDraft): string {
  const lines = [
    ...heading.flatMap((text) => comment('', text)),
    ...writeTargets(target, module),
    'modules:',
    `  ${quoteKey(module)}:`,
    ...options.map(([key, value]) => `    ${quoteKey(key)}: ${flow(value)}`),
    ...(metrics === undefined ? [] : writeMetrics(metrics)),
    ...footing.flatMap((text) => comment('    ', text)),
  ];
  return `${lines.join('\n')}\n`;
}

function writeTargets(target: FileDraft['target'], module: string): readonly string[] {
  if (target !== undefined) return ['targets:', `  - ${flow({ fields: target })}`];
  return [
    `targets: [] # - { name: ${quoteKey(module)}, url: "https://api.example/path", module: ${quoteKey(module)} }`,
  ];
}

function writeMetrics(metrics: readonly MetricDraft[]): readonly string[] {
  return metrics.length === 0 ? ['    metrics: []'] : ['    metrics:', ...metrics.flatMap(writeMetric)];
}

function writeMetric(metric: MetricDraft): readonly string[] {
  const { name, help, type, valueType, steps, labels, allowsMissing, values, options, notes } = metric;
  const own: OptionEntry[] = [['help', help]];
  if (type !== 'value') own.push(['type', type]);
  if (valueType !== undefined) own.push(['valuetype', valueType]);
  const [step = '', ...more] = steps;
  own.push(['path', more.length === 0 ? step : steps]);
  if (labels.length > 0) own.push(['labels', { fields: labels }]);
  const pad = '        ';
  const lines = [
    ...notes.flatMap((note) => comment('      ', `uncertain: ${note}`)),
    `      - name: ${flow(name)}`,
    ...own.flatMap(([key, value]) => entry(pad, key, value)),
  ];
  const [first, second] = values;
  if (first !== undefined && second === undefined && first.suffix === '') {
    lines.push(
      ...first.notes.flatMap((note) => comment(pad, `uncertain: ${note}`)),
      `${pad}value: ${flow(first.value)}`,
    );
  } else if (first !== undefined) {
    lines.push(`${pad}values:`);
    for (const { suffix, value, notes: valueNotes } of values) {
      for (const note of valueNotes) lines.push(...comment(`${pad}  `, `uncertain: ${note}`));
      lines.push(...entry(`${pad}  `, suffix, value));
    }
  }
  for (const [key, value] of options) lines.push(...entry(pad, key, value));
  if (allowsMissing) lines.push(`${pad}allow_missing_key: true`);
  return lines;
}

/** A key with its value on one line or, where that is too long, a line for each field. */
function entry(pad: string, key: string, value: Option): readonly string[] {
  const line = `${pad}${quoteKey(key)}: ${flow(value)}`;
  if (line.length <= MAX_WIDTH || typeof value !== 'object' || !('fields' in value)) return [line];
  return [`${pad}${quoteKey(key)}:`, ...value.fields.flatMap(([inner, each]) => entry(`${pad}  `, inner, each))];
}

const MAX_WIDTH = 118;

/** A comment in lines that are not too long. */
function comment(pad: string, text: string): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.replace(/\s+/g, ' ').trim().split(' ')) {
    if (line !== '' && pad.length + line.length + word.length + 3 > MAX_WIDTH) {
      lines.push(line);
      line = '';
    }
    line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line].map((each) => `${pad}# ${each}`);
}

/** A value on one line. */
function flow(value: Option): string {
  if (typeof value === 'string') return scalar(value);
  if (typeof value === 'number') return decimal(value);
  if (typeof value === 'boolean') return String(value);
  if ('fields' in value) {
    return `{ ${value.fields.map(([key, inner]) => `${quoteKey(key)}: ${flow(inner)}`).join(', ')} }`;
  }
  return `[${value.map(flow).join(', ')}]`;
}

/** 0.000001, and no exponent. */
function decimal(value: number): string {
  return String(value).includes('e') ? value.toFixed(12).replace(/\.?0+$/, '') : String(value);
}

const PLAIN = /^[A-Za-z_%][A-Za-z0-9_/%.+ -]*[A-Za-z0-9_.]$|^[A-Za-z_]$/;
/** What a reader of YAML 1.1 takes for something other than text. */
const NOT_TEXT = /^(y|yes|n|no|on|off|true|false|null|nan|inf|~)$/i;

function scalar(text: string): string {
  if (PLAIN.test(text) && !text.startsWith('%') && !NOT_TEXT.test(text)) return text;
  // Control characters and line separators are for double quotes.
  if (/[\p{C}\p{Zl}\p{Zp}]/u.test(text)) {
    return `"${text.replace(/[\\"]/g, '\\$&').replace(/[\p{C}\p{Zl}\p{Zp}]/gu, escapeCharacter)}"`;
  }
  if (text.includes("'") && !/["\\]/.test(text)) return `"${text}"`;
  return `'${text.replace(/'/g, "''")}'`;
}

function escapeCharacter(character: string): string {
  return `\\U${(character.codePointAt(0) ?? 0).toString(16).padStart(8, '0')}`;
}

function quoteKey(text: string): string {
  return /^[A-Za-z_][A-Za-z0-9_-]*$/.test(text) && !NOT_TEXT.test(text) ? text : scalar(text);
}
