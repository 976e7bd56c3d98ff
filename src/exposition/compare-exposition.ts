import { parseSampleLine } from './sample-line.js';

/** A line of a difference: one that was expected and is missing, or one that was found and not expected. */
export interface DifferingLine {
  readonly sign: '-' | '+';
  readonly text: string;
}

/** An exposition that was written by hand. */
export interface ExpectedExposition {
  readonly samples: readonly ExpectedLine[];
  /** HELP, TYPE and UNIT lines. */
  readonly metadata: readonly string[];
}

/** A line as it was written, and in the form in which lines are compared. */
interface ExpectedLine {
  readonly text: string;
  readonly key: string;
  readonly rest: string;
}

/**
 * Reads an exposition in any text format: order, blanks, other comments and `# EOF` do not matter. Gives the number of the
 * first line, from 1, that is no sample.
 */
export function readExpected(text: string): ExpectedExposition | { readonly invalidLine: number } {
  const samples: ExpectedLine[] = [];
  const metadata: string[] = [];
  for (const [i, raw] of text.split(/\r?\n/).entries()) {
    const line = raw.trim();
    if (line === '') continue;
    if (line.startsWith('#')) {
      if (METADATA.test(line)) metadata.push(toMetadata(line));
      continue;
    }
    const parsed = parseSampleLine(line);
    if (parsed === undefined) return { invalidLine: i + 1 };
    samples.push({ text: line, ...parsed });
  }
  return { samples, metadata };
}

const METADATA = /^#\s+(HELP|TYPE|UNIT)\s+\S/;

function toMetadata(line: string): string {
  return line.replace(/^#\s+(\S+)\s+(\S+)\s*/, (_, keyword: string, name: string) => `# ${keyword} ${name} `).trimEnd();
}

/**
 * The lines in which an exposition differs from the one that was expected; none where it does not. Of metadata only what
 * was expected must be there. A subset may leave samples out.
 */
export function compareExposition(
  expected: ExpectedExposition,
  { found, isSubset }: { readonly found: string; readonly isSubset: boolean },
): readonly DifferingLine[] {
  const lines = found.split('\n');
  const metadata = new Map(
    lines.filter((line) => METADATA.test(line)).map((line) => [nameMetadata(toMetadata(line)), toMetadata(line)]),
  );
  const differing: DifferingLine[] = [];
  for (const line of expected.metadata) {
    const other = metadata.get(nameMetadata(line));
    if (other === line) continue;
    differing.push({ sign: '-', text: line });
    if (other !== undefined) differing.push({ sign: '+', text: other });
  }
  const series = groupSamples(lines);
  const missing = expected.samples.filter(({ key, rest }) => !takeOne(series.get(key), rest));
  for (const { text, key } of missing) {
    differing.push({ sign: '-', text });
    // What the same series has in its place comes right below.
    const other = series.get(key)?.shift();
    if (other !== undefined) differing.push({ sign: '+', text: other.text });
  }
  if (isSubset) return differing;
  const others = [...series.values()].flat().map(({ text }): DifferingLine => ({ sign: '+', text }));
  return [...differing, ...others];
}

/** Keyword and name. */
function nameMetadata(line: string): string {
  return line.split(' ', 3).join(' ');
}

function groupSamples(lines: readonly string[]): Map<string, ExpectedLine[]> {
  const series = new Map<string, ExpectedLine[]>();
  for (const text of lines) {
    const parsed = text === '' || text.startsWith('#') ? undefined : parseSampleLine(text);
    if (parsed === undefined) continue;
    const known = series.get(parsed.key);
    if (known === undefined) series.set(parsed.key, [{ text, ...parsed }]);
    else known.push({ text, ...parsed });
  }
  return series;
}

function takeOne(lines: ExpectedLine[] | undefined, rest: string): boolean {
  const place = lines?.findIndex((line) => line.rest === rest) ?? -1;
  if (place < 0) return false;
  lines?.splice(place, 1);
  return true;
}
