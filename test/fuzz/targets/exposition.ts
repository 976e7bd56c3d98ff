import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { filterFamilies } from '../../../src/exposition/filter-families.js';
import { formatRules } from '../../../src/exposition/format.js';
import type { ExpositionFormat } from '../../../src/model/metrics.js';
import { anyFamilies } from '../../exposition/any-families.js';
import { admit, writeAll } from '../../exposition/write.js';
import { checkGrammar, type TextFormat } from '../../support/grammar.js';
import { readFamilies } from '../../support/protobuf-families.js';
import { expectStored, listStored } from '../../support/stored-series.js';
import { type FuzzTarget, hold } from '../target.js';

const formats = Object.keys(formatRules) as ExpositionFormat[];

/** Any families are of the grammar of each text format, and read back from protobuf as they are. The input is a seed. */
const exposition: FuzzTarget = {
  name: 'exposition',
  seeds: [Buffer.of(1, 2, 3, 4), Buffer.of(0, 0, 0, 0)],
  words: ['a', 'b', 'c', 'd', '\u0000'],
  run: (input) => {
    const bytes = Buffer.alloc(5);
    input.copy(bytes);
    const [families = []] = fc.sample(anyFamilies, { seed: bytes.readInt32LE(0), numRuns: 1 });
    const format = formats[bytes[4]! % formats.length]!;
    const { admitted } = admit(families, format);
    const written = writeAll(admitted, format);
    if (!format.startsWith('protobuf')) return checkGrammar(written.toString(), formatRules[format].name as TextFormat);
    const stored = listStored(readFamilies(written)).series;
    return hold(
      isDeepStrictEqual(stored, expectStored(admitted, 'protobuf').series),
      'protobuf is read back otherwise',
    );
  },
};

/** Lines of an exporter that are filtered are lines of it, unchanged and in their order. */
const lines: FuzzTarget = {
  name: 'lines',
  seeds: [
    '# HELP a x\n# TYPE a counter\na_total{l="v"} 1 # {t="1"} 1 1.5\n# TYPE h histogram\nh_bucket{le="+Inf"} 1\nh_sum 2\n',
    '# TYPE a.b gauge\n{"a.b",l="\\"\\n\\\\"} 1\n# UNIT a_seconds seconds\n# EOF\n',
  ],
  words: [
    ...[
      '# ',
      'HELP ',
      'TYPE ',
      'UNIT ',
      'EOF',
      '\n',
      ' ',
      '{',
      '}',
      '"',
      '\\',
      ',',
      '=',
      'a',
      'b_total',
      'h_bucket',
      '_sum',
    ],
    ...['counter', 'gauge', 'histogram', 'info', 'le="1"', '1', 'NaN', '+Inf', ' # {', '\r\n', '\t'],
  ],
  run: (input) => {
    hold(filterFamilies(input, () => true).equals(input), 'a filter that keeps everything changes something');
    const kept = filterFamilies(input, ([name = '']) => name.startsWith('a')).toString('latin1');
    const all = input.toString('latin1').split('\n');
    let at = 0;
    for (const line of kept.split('\n')) {
      if (line === '') continue;
      at = all.indexOf(line, at) + 1;
      hold(at > 0, 'a filter gives a line that was not there');
    }
  },
};

export const expositionTargets = [exposition, lines];
