import { parseSampleValue } from '../golang/number.js';
import { isFields } from '../golang/values.js';
import { createDateReader } from '../translate/mapping/dates.js';
import { unitReaders } from '../translate/mapping/units.js';
import { binaryWords, isStateText } from './states.js';

/** What a document has at one place of each of the elements that have it. */
export interface Column {
  readonly values: readonly unknown[];
  /** The index of the element that has the value, for each value. */
  readonly owners: readonly number[];
}

/** How many values there are of each kind. */
export interface Kinds {
  readonly nulls: number;
  readonly booleans: number;
  readonly numbers: number;
  readonly strings: number;
  readonly arrays: number;
  readonly objects: number;
  /** Numbers beyond the range of a double, which no path reads. */
  readonly others: number;
}

export function countKinds(values: readonly unknown[]): Kinds {
  const kinds = { nulls: 0, booleans: 0, numbers: 0, strings: 0, arrays: 0, objects: 0, others: 0 };
  for (const value of values) {
    if (value === null || value === undefined) kinds.nulls++;
    else if (typeof value === 'boolean') kinds.booleans++;
    else if (typeof value === 'bigint' || Number.isFinite(value)) kinds.numbers++;
    else if (typeof value === 'number') kinds.others++;
    else if (typeof value === 'string') kinds.strings++;
    else if (Array.isArray(value)) kinds.arrays++;
    else if (isFields(value)) kinds.objects++;
  }
  return kinds;
}

/** A step that makes a number of a text, as a value of a module has it. */
export interface Reading {
  /** `duration` etc. are texts that carry their unit themselves. */
  readonly kind: 'number' | 'date' | 'bytes' | 'duration' | 'percent' | 'base' | 'words' | 'quantity' | 'money';
  /** Keys of a value in the file. */
  readonly options: readonly (readonly [key: string, value: Option])[];
  /** The unit that the texts name. */
  readonly unit?: string;
  /** The date has no zone. */
  readonly isLocal?: boolean;
}

/** An option of a value: text, a number, a list, a map. */
export type Option = string | number | boolean | readonly Option[] | { readonly fields: readonly OptionEntry[] };
export type OptionEntry = readonly [key: string, value: Option];

/** What is known of the texts of a column. */
export interface Texts {
  /** Texts that are not empty. */
  readonly count: number;
  /** Those that are numbers. */
  readonly numeric: number;
  readonly empties: number;
  /** How all of them can be read as numbers; undefined where they cannot. */
  readonly reading: Reading | undefined;
  /** Different texts, as long as there are few; undefined where there are many, or long ones. */
  readonly distinct: readonly string[] | undefined;
  /** Whether each could be the name of a state. */
  readonly areStates: boolean;
  readonly maxLength: number;
}

const MAX_DISTINCT = 20;
const MAX_LABEL_LENGTH = 128;

interface Candidate extends Reading {
  readonly matches: (text: string) => boolean;
}

const DATE_FORMATS = [
  'rfc3339',
  'http',
  '%Y-%m-%dT%H:%M:%S',
  '%Y-%m-%dT%H:%M',
  '%Y-%m-%dT%H:%M:%S.%f',
  '%Y-%m-%d %H:%M:%S',
  '%Y-%m-%d %H:%M',
  '%Y-%m-%d %H:%M:%S %Z',
  '%Y-%m-%d %H:%M:%S %Z UTC',
  '%Y-%m-%dT%H:%M:%S%Z',
  '%Y/%m/%d %H:%M:%S',
  '%d.%m.%Y %H:%M:%S',
  '%d.%m.%Y %H:%M',
  '%d/%b/%Y:%H:%M:%S %Z',
  '%Y-%m-%d',
];

const NUMBER = /^[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?$/;
const DAYS_AND_CLOCK = /^(\d+)T(\d+):(\d+):(\d+)$/;
const SIZE = /^\d+(?:\.\d+)? ?(?:[kmgtpe]?i?b|[kmgtpe]i?|bytes?)?$/i;
const CLEAR_SIZE = /(?:[kmgtpe]i?b|[kmgtpe]i|\db|\bb|bytes?)$/i;
const MONEY = /^[^\d-]{1,5}(?:\d{1,3},)?\d+\.\d\d$/;
const QUANTITY = /^(-?\d+(?:\.\d+)?) ?([^\d\s.,:;/-][^\d\s]{0,7})$/;

const candidates: readonly Candidate[] = [
  { kind: 'number', options: [], matches: (text) => toNumber(text) !== undefined },
  ...DATE_FORMATS.map((format): Candidate => {
    const read = createDateReader(format);
    return {
      kind: 'date',
      options: [['date', format]],
      isLocal: !/rfc3339|http|%Z/.test(format),
      matches: (text) => read?.(text) !== undefined,
    };
  }),
  { kind: 'base', options: [['base', 16]], matches: (text) => /^0x[\da-f]{1,16}$/i.test(text) },
  { kind: 'percent', options: [['unit', 'percent']], matches: (text) => reads('percent', text) && text.endsWith('%') },
  { kind: 'bytes', options: [['unit', 'bytes']], matches: (text) => SIZE.test(text) && reads('bytes', text) },
  { kind: 'duration', options: [['unit', 'duration']], matches: (text) => reads('duration', text) },
  {
    kind: 'duration',
    options: [
      [
        'regex',
        {
          fields: [
            ['pattern', '^(\\d+)T(\\d+):(\\d+):(\\d+)$'],
            ['replacement', '$1d$2h$3m$4s'],
          ],
        },
      ],
      ['unit', 'duration'],
    ],
    matches: (text) => text.length < 32 && DAYS_AND_CLOCK.test(text),
  },
];

function reads(unit: keyof typeof unitReaders, text: string): boolean {
  return unitReaders[unit](text) !== undefined;
}

/** Looks at the texts of a column. */
export function readTexts(values: readonly unknown[]): Texts {
  let left: readonly Candidate[] = candidates;
  let count = 0;
  let numeric = 0;
  let empties = 0;
  let maxLength = 0;
  let areStates = true;
  let isClearSize = false;
  let isMoney = true;
  let unit: string | undefined;
  let isQuantity = true;
  const distinct = new Set<string>();
  for (const value of values) {
    if (typeof value !== 'string') continue;
    if (value === '') {
      empties++;
      continue;
    }
    count++;
    if (value.length < 32 && NUMBER.test(value)) numeric++;
    maxLength = Math.max(maxLength, value.length);
    if (distinct.size <= MAX_DISTINCT && value.length <= MAX_LABEL_LENGTH) distinct.add(value);
    areStates &&= isStateText(value);
    if (left.length > 0) left = value.length > 64 ? [] : left.filter(({ matches }) => matches(value));
    isClearSize ||= CLEAR_SIZE.test(value);
    isMoney &&= value.length < 32 && MONEY.test(value);
    const named: string | undefined = isQuantity && value.length < 32 ? QUANTITY.exec(value)?.[2] : undefined;
    isQuantity = named !== undefined && (unit === undefined || unit === named);
    if (isQuantity) unit = named;
  }
  const isFew = distinct.size <= MAX_DISTINCT && maxLength <= MAX_LABEL_LENGTH;
  const found = left.find(({ kind }) => kind !== 'bytes' || isClearSize);
  const reading =
    count === 0
      ? undefined
      : (found ??
        (isFew ? readWords([...distinct]) : undefined) ??
        (isQuantity && unit !== undefined ? quantity(unit) : undefined) ??
        (isMoney ? money : undefined));
  return {
    count,
    numeric,
    empties,
    reading: reading && withoutMatcher(reading),
    distinct: isFew ? [...distinct] : undefined,
    areStates: areStates && count > 0,
    maxLength,
  };
}

function withoutMatcher({ kind, options, unit, isLocal }: Reading): Reading {
  return { kind, options, ...(unit === undefined ? {} : { unit }), ...(isLocal === undefined ? {} : { isLocal }) };
}

/** `on` and `off`, each in the letter case of the document. */
function readWords(distinct: readonly string[]): Reading | undefined {
  const fields = binaryWords(distinct);
  if (fields === undefined) return undefined;
  return { kind: 'words', options: [['map', { fields }]] };
}

function quantity(unit: string): Reading {
  return { kind: 'quantity', unit, options: [['regex', '^-?\\d+(?:\\.\\d+)?']] };
}

const money: Reading = {
  kind: 'money',
  options: [
    [
      'regex',
      {
        fields: [
          ['pattern', '(?:(\\d+),)?(\\d+\\.\\d+)'],
          ['replacement', '$1$2'],
        ],
      },
    ],
  ],
};

/** The range of the numbers of a column, texts that are numbers among them. */
export interface Range {
  readonly min: number;
  readonly max: number;
  /** The smallest that is not 0; infinite where there is none. */
  readonly least: number;
  readonly areWhole: boolean;
}

export function findRange(values: readonly unknown[]): Range {
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  let least = Number.POSITIVE_INFINITY;
  let areWhole = true;
  for (const value of values) {
    const number = toNumber(value);
    if (number === undefined) continue;
    min = Math.min(min, number);
    max = Math.max(max, number);
    if (number !== 0) least = Math.min(least, number);
    areWhole &&= Number.isInteger(number);
  }
  return { min, max, least, areWhole };
}

/** A number, or a text that is one. */
export function toNumber(value: unknown): number | undefined {
  const number = typeof value === 'string' && NUMBER.test(value) ? parseSampleValue(value) : value;
  return (typeof number === 'number' || typeof number === 'bigint') && Number.isFinite(Number(number))
    ? Number(number)
    : undefined;
}
