import { LruMap } from '../async/lru-map.js';
import type { ExpositionFormat } from '../model/metrics.js';
import type { Compression } from './compress.js';

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

/**
 * The format that an `Accept` header asks for (RFC 9110, 12.5.1), by quality. OpenMetrics is served only where it is
 * named, in version 0.0.1 or 1.0.0 or without one; everything else gets the text format, which every scraper reads.
 * Where both are wanted as much, OpenMetrics wins. Names in UTF-8 are for whoever says `escaping=allow-utf-8`.
 */
export function negotiateFormat(accept: string | undefined): ExpositionFormat {
  const choices = parseChoices(accept ?? '');
  const openmetrics = findBest(choices.filter((choice) => isOpenMetrics(choice)));
  const texts = choices.filter((choice) => isText(choice));
  const textRange = TEXT_RANGES.find((range) => texts.some(({ value }) => value === range));
  const text = findBest(texts.filter(({ value }) => value === textRange));
  const format = openmetrics.quality > 0 && openmetrics.quality >= text.quality ? 'openmetrics' : 'text';
  const { parameters } = format === 'openmetrics' ? openmetrics : text;
  return parameters.get('escaping') === 'allow-utf-8' ? `${format}-utf8` : format;
}

/**
 * The coding that `Accept-Encoding` wants most (RFC 9110, 12.5.3); of those that it wants as much, the one that costs
 * the least: zstd, where it is named and this Node has it, gzip, none.
 */
export function negotiateCompression(acceptEncoding: string | undefined, hasZstd: boolean): Compression {
  const choices = parseChoices(acceptEncoding ?? '');
  const find = (value: string) => choices.find((choice) => choice.value === value)?.quality;
  const gzip = find('gzip') ?? find('x-gzip') ?? find('*') ?? 0;
  const zstd = hasZstd ? (find('zstd') ?? 0) : 0;
  const best = Math.max(zstd, gzip, find('identity') ?? 0);
  if (best === 0) return 'identity';
  if (zstd === best) return 'zstd';
  return gzip === best ? 'gzip' : 'identity';
}

function isOpenMetrics({ value, parameters }: Choice): boolean {
  if (value !== 'application/openmetrics-text') return false;
  const version = parameters.get('version') ?? '1.0.0';
  return version === '1.0.0' || version === '0.0.1';
}

function isText({ value, parameters }: Choice): boolean {
  if (!TEXT_RANGES.includes(value)) return false;
  const version = parameters.get('version') ?? '0.0.4';
  return version === '0.0.4' || (version === '1.0.0' && parameters.get('escaping') === 'allow-utf-8');
}

const NO_CHOICE: Choice = { value: '', parameters: new Map(), quality: 0 };

/** The one of the highest quality, of several the first. */
function findBest(choices: readonly Choice[]): Choice {
  return choices.reduce((best, choice) => (choice.quality > best.quality ? choice : best), NO_CHOICE);
}

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
