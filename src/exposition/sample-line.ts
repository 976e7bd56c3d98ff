/** A sample of a text format in a form that can be compared. */
export interface SampleLine {
  /** Name and labels, these in the order of their names. */
  readonly key: string;
  /** Value, timestamp and what else follows; numbers in one form. */
  readonly rest: string;
}

const NAME = /[a-zA-Z_:][a-zA-Z0-9_:.]*/y;
const QUOTED = /"((?:[^"\\\n]|\\.)*)"/y;
const BLANKS = /[ \t]*/y;

/**
 * Takes a line of text 0.0.4 or OpenMetrics apart, exemplars, starts and native histograms too. Undefined for what is none.
 */
export function parseSampleLine(line: string): SampleLine | undefined {
  const reader = new LineReader(line);
  let name = reader.take(NAME) ?? '';
  const labels: (readonly [name: string, value: string])[] = [];
  reader.take(BLANKS);
  if (reader.skip('{')) {
    for (;;) {
      reader.take(BLANKS);
      if (reader.skip('}')) break;
      const label = reader.take(QUOTED) ?? reader.take(NAME);
      if (label === undefined) return undefined;
      reader.take(BLANKS);
      if (reader.skip('=')) {
        reader.take(BLANKS);
        const value = reader.take(QUOTED);
        if (value === undefined || !value.startsWith('"')) return undefined;
        labels.push([unquote(label), unquote(value)]);
      } else {
        // A name in quotes stands among the labels.
        if (name !== '' || !label.startsWith('"')) return undefined;
        name = unquote(label);
      }
      reader.take(BLANKS);
      if (!reader.skip(',') && !reader.isAt('}')) return undefined;
    }
  }
  const rest = reader.rest.trim();
  if (name === '' || !/^(?:\{|[-+0-9.NnIi])/.test(rest)) return undefined;
  labels.sort(([left], [right]) => (left < right ? -1 : left > right ? 1 : 0));
  const [value = '', ...more] = splitRest(rest);
  const number = toNumber(value);
  if (number === undefined && !value.startsWith('{')) return undefined;
  return {
    key: JSON.stringify([name, labels]),
    rest: [number ?? value, ...more.map((each) => toNumber(each) ?? each)].join(' '),
  };
}

/** At blanks, but not within braces. */
function splitRest(rest: string): readonly string[] {
  return rest.match(/\{(?:[^{}"]|"(?:[^"\\]|\\.)*")*\}|\S+/g) ?? [];
}

/** One form for all numbers of the same value; undefined for what is no number. */
function toNumber(text: string): string | undefined {
  if (/^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(text)) return String(Number(text));
  const word = /^([+-]?)(inf|infinity|nan)$/i.exec(text);
  if (word === null) return undefined;
  if (/nan/i.test(text)) return 'NaN';
  return word[1] === '-' ? '-Infinity' : 'Infinity';
}

function unquote(text: string): string {
  if (!text.startsWith('"')) return text;
  return text.slice(1, -1).replace(/\\(.)/g, (_, each: string) => (each === 'n' ? '\n' : each));
}

/** Reads a line from left to right. */
class LineReader {
  readonly #line: string;
  #at = 0;

  constructor(line: string) {
    this.#line = line;
  }

  take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#line);
    if (match === null) return undefined;
    this.#at += match[0].length;
    return match[0];
  }

  skip(mark: string): boolean {
    if (!this.isAt(mark)) return false;
    this.#at += mark.length;
    return true;
  }

  isAt(mark: string): boolean {
    return this.#line.startsWith(mark, this.#at);
  }

  get rest(): string {
    return this.#line.slice(this.#at);
  }
}
