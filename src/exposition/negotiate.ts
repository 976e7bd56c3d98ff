import type { ExpositionFormat } from './format.js';

export type Compression = 'gzip' | 'identity';

interface Choice {
  readonly value: string;
  readonly parameters: ReadonlyMap<string, string>;
  readonly quality: number;
}

/**
 * The format that an `Accept` header asks for (RFC 9110, 12.5.1), by quality. OpenMetrics is served only where it is
 * named, in version 0.0.1 or 1.0.0 or without one; everything else gets the text format, which every scraper reads.
 * Where both are wanted as much, OpenMetrics wins.
 */
export function negotiateFormat(accept: string | undefined): ExpositionFormat {
  let openmetrics = 0;
  let text = 0;
  for (const choice of parseChoices(accept ?? '')) {
    if (isOpenMetrics(choice)) openmetrics = Math.max(openmetrics, choice.quality);
    if (isText(choice)) text = Math.max(text, choice.quality);
  }
  return openmetrics > 0 && openmetrics >= text ? 'openmetrics' : 'text';
}

/** gzip where `Accept-Encoding` wants it at least as much as no coding at all (RFC 9110, 12.5.3). */
export function negotiateCompression(acceptEncoding: string | undefined): Compression {
  const choices = parseChoices(acceptEncoding ?? '');
  const find = (value: string) => choices.find((choice) => choice.value === value)?.quality;
  const gzip = find('gzip') ?? find('x-gzip') ?? find('*') ?? 0;
  const identity = find('identity') ?? 0;
  return gzip > 0 && gzip >= identity ? 'gzip' : 'identity';
}

function isOpenMetrics({ value, parameters }: Choice): boolean {
  if (value !== 'application/openmetrics-text') return false;
  const version = parameters.get('version') ?? '1.0.0';
  return version === '1.0.0' || version === '0.0.1';
}

function isText({ value, parameters }: Choice): boolean {
  if (value === '*/*' || value === 'text/*') return true;
  return value === 'text/plain' && (parameters.get('version') ?? '0.0.4') === '0.0.4';
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
