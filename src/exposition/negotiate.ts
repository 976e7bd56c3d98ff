import Negotiator from 'negotiator';
import { LruMap } from '../async/lru-map.js';
import type { EscapingScheme, ExpositionFormat, FormatName } from '../model/metrics.js';
import type { Compression } from './compress.js';
import { withEscaping } from './format.js';

/** One media range of an `Accept` header. */
interface Choice {
  readonly value: string;
  readonly parameters: ReadonlyMap<string, string>;
  readonly quality: number;
}

const MAX_REMEMBERED = 32;
const MAX_REMEMBERED_LENGTH = 1024;

/** Remembers what the last headers meant: a scraper sends the same ones each time. */
export function rememberHeaders<T>(negotiate: (header: string) => T): (header: string | undefined) => T {
  const known = new LruMap<T>(MAX_REMEMBERED);
  return (header = '') => {
    const before = known.get(header);
    if (before !== undefined) return before;
    const meaning = negotiate(header);
    if (header.length <= MAX_REMEMBERED_LENGTH) known.set(header, meaning);
    return meaning;
  };
}

/** The media ranges that the text format falls under. A more specific one overrides the others. */
const TEXT_RANGES = ['text/plain', 'text/*', '*/*'];
const OPENMETRICS = 'application/openmetrics-text';
const PROTOBUF = 'application/vnd.google.protobuf';

/**
 * The format that an `Accept` header prefers, by quality (RFC 9110, 12.5.1). Protobuf and OpenMetrics are served only
 * where they are named, OpenMetrics 1.0 where no version is; everything else gets the text format, which every scraper
 * reads. Of those that are wanted as much, the one that says most wins.
 */
export function negotiateFormat(accept: string | undefined): ExpositionFormat {
  const choices = parseChoices(accept ?? '');
  const best = findFormat(choices);
  return withEscaping(best.name, best.name === 'protobuf' ? findProtobufEscaping(best, choices) : best.escaping);
}

interface Found {
  readonly name: FormatName;
  readonly quality: number;
  /** Underscores where the range names none. */
  readonly escaping: EscapingScheme;
  readonly choice: Choice;
}

function findFormat(choices: readonly Choice[]): Found {
  const text = findText(choices);
  const candidates = [
    findNamed('protobuf', choices.filter(isProtobuf)),
    findNamed(
      'openmetrics2',
      choices.filter((choice) => isOpenMetrics(choice, ['2.0.0'])),
    ),
    findNamed(
      'openmetrics',
      choices.filter((choice) => isOpenMetrics(choice, ['1.0.0', '0.0.1'])),
    ),
  ].filter(({ quality }) => quality > 0);
  return [...candidates, text].reduce((best, each) => (each.quality > best.quality ? each : best));
}

function findNamed(name: FormatName, choices: readonly Choice[]): Found {
  const choice = findBest(choices);
  return { name, choice, quality: choice.quality, escaping: readEscaping(choice) ?? 'underscores' };
}

function findText(choices: readonly Choice[]): Found {
  const texts = choices.filter((choice) => isText(choice));
  const range = TEXT_RANGES.find((each) => texts.some(({ value }) => value === each));
  return findNamed(
    'text',
    texts.filter(({ value }) => value === range),
  );
}

/** Prometheus 2.49 and older refuse a whole scrape for one name that is escaped in no way. */
function findProtobufEscaping({ choice }: Found, choices: readonly Choice[]): EscapingScheme {
  const own = readEscaping(choice);
  if (own !== undefined) return own;
  const named = choices.filter(({ value, quality }) => !value.includes('*') && value !== PROTOBUF && quality > 0);
  if (named.length === 0) return 'allow-utf-8';
  const best = findBest(named.filter((each) => readEscaping(each) !== undefined));
  return readEscaping(best) ?? 'underscores';
}

function isProtobuf({ value, parameters }: Choice): boolean {
  const isFamily = parameters.get('proto') === 'io.prometheus.client.metricfamily';
  return value === PROTOBUF && isFamily && parameters.get('encoding') === 'delimited';
}

function isOpenMetrics({ value, parameters }: Choice, versions: readonly string[]): boolean {
  return value === OPENMETRICS && versions.includes(parameters.get('version') ?? '1.0.0');
}

function isText(choice: Choice): boolean {
  if (!TEXT_RANGES.includes(choice.value)) return false;
  const version = choice.parameters.get('version') ?? '0.0.4';
  // 1.0.0 is 0.0.4 with the names of a scheme.
  return version === '0.0.4' || (version === '1.0.0' && readEscaping(choice) !== undefined);
}

const SCHEMES: ReadonlySet<string> = new Set([
  'underscores',
  'dots',
  'values',
  'allow-utf-8',
] satisfies EscapingScheme[]);

/** Undefined where none is named, or none that is known. */
function readEscaping({ parameters }: Choice): EscapingScheme | undefined {
  const scheme = parameters.get('escaping');
  return isScheme(scheme) ? scheme : undefined;
}

function isScheme(text: string | undefined): text is EscapingScheme {
  return text !== undefined && SCHEMES.has(text);
}

const NO_CHOICE: Choice = { value: '', parameters: new Map(), quality: 0 };

/** The one of the highest quality, of several the first. */
function findBest(choices: readonly Choice[]): Choice {
  return choices.reduce((best, choice) => (choice.quality > best.quality ? choice : best), NO_CHOICE);
}

/** Written here, as negotiator keeps no parameters of what it finds. */
function parseChoices(header: string): readonly Choice[] {
  return header
    .split(',')
    .map((part) => parseChoice(part))
    .filter((choice) => choice.value !== '');
}

function parseChoice(part: string): Choice {
  const [value = '', ...rest] = part.split(';').map((piece) => piece.trim().toLowerCase());
  const parameters = new Map(
    rest.map((parameter) => {
      const [name = '', text = ''] = parameter.split('=').map((piece) => piece.trim());
      return [name, text.replace(/^"(.*)"$/, '$1')] as const;
    }),
  );
  return { value, parameters, quality: toQuality(parameters.get('q')) };
}

/** A quality of 0 to 1; what is none counts as 0, so that a broken preference never wins. */
function toQuality(text: string | undefined): number {
  if (text === undefined) return 1;
  return /^(0(\.\d{0,3})?|1(\.0{0,3})?)$/.test(text) ? Number(text) : 0;
}

/** The one that costs the least first. */
const CODINGS: readonly Compression[] = ['zstd', 'gzip', 'identity'];

/**
 * The coding that `Accept-Encoding` wants most (RFC 9110, 12.5.3); of those that it wants as much, the one that costs
 * the least: zstd, where it is named and this Node has it, gzip, none.
 */
export function negotiateCompression(acceptEncoding: string | undefined, hasZstd: boolean): Compression {
  // gzip under its other name (RFC 9110, 8.4.1.3).
  const header = (acceptEncoding ?? '').toLowerCase().replaceAll('x-gzip', 'gzip');
  const available = CODINGS.filter((coding) => coding !== 'zstd' || (hasZstd && header.includes('zstd')));
  // Of those that are wanted as much negotiator takes the first one of the header.
  const inOrder = header.split(',').sort((left, right) => rankCoding(left) - rankCoding(right));
  const best = new Negotiator({ headers: { 'accept-encoding': inOrder.join() } }).encoding(available);
  return available.find((coding) => coding === best) ?? 'identity';
}

function rankCoding(range: string): number {
  const rank = CODINGS.findIndex((coding) => range.trim().startsWith(coding));
  return rank < 0 ? CODINGS.length : rank;
}
