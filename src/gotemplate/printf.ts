import { formatGoVerb } from '../golang/number.js';
import { quoteGo } from '../golang/quote.js';
import type { Budget } from './budget.js';
import { Failure } from './errors.js';
import { display } from './format.js';
import { Instant } from './instant.js';
import { Dict, isList, kindName, type Value } from './values.js';

const maxWidth = 1000;

interface Directive {
  readonly flags: string;
  readonly width: number;
  readonly precision: number | undefined;
  readonly verb: string;
}

/**
 * Go's Sprintf with the verbs `%v %s %q %d %b %o %x %X %c %t %e %E %f %F %g %G %%`, flags, width and precision. A value
 * of the wrong type is shown as Go shows it, `%!d(string=x)`; what is not supported and a wrong number of values are
 * Failures.
 */
export function sprintf(format: string, values: readonly Value[], budget: Budget): string {
  const pieces = parseFormat(format);
  const problem = checkCount(pieces, values.length);
  if (problem !== undefined) throw problem;
  let next = 0;
  return pieces
    .map((piece) => {
      const shown = typeof piece === 'string' ? piece : apply(piece, values[next++] ?? null, { budget, depth: 0 });
      budget.spend(shown.length);
      return shown;
    })
    .join('');
}

/** What is wrong with a format for this number of values, or undefined. */
export function checkFormat(format: string, count: number): Failure | undefined {
  try {
    return checkCount(parseFormat(format), count);
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
}

function checkCount(pieces: readonly (string | Directive)[], count: number): Failure | undefined {
  const wanted = pieces.filter((piece) => typeof piece !== 'string').length;
  return wanted === count ? undefined : new Failure(`the format wants ${wanted} values and gets ${count}`);
}

function parseFormat(format: string): (string | Directive)[] {
  const pieces: (string | Directive)[] = [];
  let end = 0;
  for (const match of format.matchAll(/%([-+# 0]*)(\d*)(?:\.(\d*))?(.?)/gsu)) {
    const [whole, flags = '', width = '', precision, verb = ''] = match;
    pieces.push(format.slice(end, match.index));
    end = match.index + whole.length;
    if (verb === '%') {
      pieces.push('%');
      continue;
    }
    const unsupported =
      verb === '' ||
      !'vsqdboxXcteEfFgG'.includes(verb) ||
      (flags.includes('#') && !'xX'.includes(verb)) ||
      (flags.includes('+') && verb === 'q') ||
      Math.max(Number(width), Number(precision ?? 0)) > maxWidth;
    if (unsupported) {
      const hint = `verbs are %v %s %q %d %b %o %x %X %c %t %e %f %g and %%, widths and precisions go up to ${maxWidth}`;
      throw new Failure(`a %${verb} of the format has a verb, flag or width that is not supported`, hint);
    }
    pieces.push({
      flags: verb === 'v' ? flags.replaceAll('+', '') : flags,
      width: Number(width),
      precision: precision === undefined ? undefined : Number(precision),
      verb,
    });
  }
  pieces.push(format.slice(end));
  return pieces;
}

function apply(directive: Directive, value: Value, at: { budget: Budget; depth: number }): string {
  const { budget, depth } = at;
  budget.descend(depth);
  budget.spend(directive.width);
  const inner = (each: Value, as = directive) => apply(as, each, { budget, depth: depth + 1 });
  const { verb } = directive;
  if (value === null && depth > 0) return '<nil>';
  if (value === null) return verb === 'v' ? pad(directive, '<nil>') : `%!${verb}(<nil>)`;
  if (value instanceof Dict) {
    return `map[${value
      .sortedKeys()
      .map((key) => `${inner(key)}:${inner(value.get(key))}`)
      .join(' ')}]`;
  }
  if (isList(value)) return `[${value.map((each) => inner(each)).join(' ')}]`;
  if (value instanceof Instant || typeof value === 'string') {
    const shown = applyText(directive, display(value, budget));
    if (shown !== undefined) return shown;
    if (value instanceof Instant) throw new Failure(`%${verb} of a time is not supported`, 'write now.Unix');
  } else if (typeof value === 'boolean') {
    if (verb === 'v' || verb === 't') return pad(directive, String(value));
  } else {
    const shown = typeof value === 'bigint' ? applyInteger(directive, value) : applyFloat(directive, value);
    if (shown !== undefined) return shown;
  }
  return `%!${verb}(${kindName(value)}=${inner(value, { ...directive, verb: 'v' })})`;
}

function applyText(directive: Directive, text: string): string | undefined {
  const { verb, flags, precision } = directive;
  if (verb === 'x' || verb === 'X') {
    const bytes = [...Buffer.from(text).subarray(0, precision)].map((byte) => byte.toString(16).padStart(2, '0'));
    const digits = (flags.includes('#') && text !== '' ? '0x' : '') + bytes.join(flags.includes(' ') ? ' ' : '');
    return pad(directive, verb === 'X' ? digits.toUpperCase() : digits);
  }
  if (!'svq'.includes(verb)) return undefined;
  const cut = precision === undefined ? text : [...text].slice(0, precision).join('');
  return pad(directive, verb === 'q' ? quoteGo(cut) : cut);
}

function applyInteger(directive: Directive, value: bigint): string | undefined {
  const { verb, flags, width, precision } = directive;
  if (verb === 'c' || verb === 'q') {
    const valid = value >= 0n && value <= 0x10ffffn && !(value >= 0xd800n && value <= 0xdfffn);
    const character = String.fromCodePoint(valid ? Number(value) : 0xfffd);
    if (verb === 'c') return pad(directive, character);
    return pad(directive, character === "'" ? `'\\''` : `'${quoteGo(character).slice(1, -1).replace('\\"', '"')}'`);
  }
  const radix = new Map([
    ['v', 10],
    ['d', 10],
    ['b', 2],
    ['o', 8],
    ['x', 16],
    ['X', 16],
  ]).get(verb);
  if (radix === undefined) return undefined;
  if (precision === 0 && value === 0n) return pad({ ...directive, flags: '' }, '');
  const sign = value < 0n ? '-' : signOf(flags);
  const zeros =
    flags.includes('0') && !flags.includes('-') && precision === undefined ? width - sign.length : precision;
  const digits = (value < 0n ? -value : value).toString(radix).padStart(zeros ?? 0, '0');
  const shown = `${sign}${flags.includes('#') ? '0x' : ''}${digits}`;
  return pad({ ...directive, flags: flags.replaceAll('0', '') }, verb === 'X' ? shown.toUpperCase() : shown);
}

function applyFloat(directive: Directive, value: number): string | undefined {
  const { flags, width, precision } = directive;
  const verb = directive.verb === 'v' ? 'g' : directive.verb.toLowerCase();
  if (verb === 'x' || verb === 'b') throw new Failure(`%${verb} of a float is not supported`);
  if (verb !== 'e' && verb !== 'f' && verb !== 'g') return undefined;
  const text = formatGoVerb(value, verb, precision);
  const sign = /^[+-]/.test(text) ? text.slice(0, 1) : signOf(flags);
  const shownSign = sign === '+' && !flags.includes('+') && value !== Number.POSITIVE_INFINITY ? '' : sign;
  const digits = /^[+-]/.test(text) ? text.slice(1) : text;
  const zeros = flags.includes('0') && !flags.includes('-') && Number.isFinite(value) ? width - shownSign.length : 0;
  const shown = shownSign + digits.padStart(zeros, '0');
  return pad(
    { ...directive, flags: flags.replaceAll('0', '') },
    'EG'.includes(directive.verb) ? shown.toUpperCase() : shown,
  );
}

function signOf(flags: string): string {
  if (flags.includes('+')) return '+';
  return flags.includes(' ') ? ' ' : '';
}

function pad({ flags, width }: Directive, text: string): string {
  const missing = Math.max(width - [...text].length, 0);
  if (flags.includes('-')) return text + ' '.repeat(missing);
  return (flags.includes('0') ? '0' : ' ').repeat(missing) + text;
}
