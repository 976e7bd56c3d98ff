import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatRules } from '../../src/exposition/format.js';
import type { ExpositionFormat } from '../../src/model/metrics.js';
import { checkGrammar, type TextFormat } from '../support/grammar.js';
import { readFamilies } from '../support/protobuf-families.js';
import { runs } from '../support/runs.js';
import { expectStored, listStored } from '../support/stored-series.js';
import { anyFamilies } from './any-families.js';
import { admit, writeAll } from './write.js';

const formats = Object.keys(formatRules) as ExpositionFormat[];

test.each(formats.filter((format) => !format.startsWith('protobuf')))(
  'any families are of the grammar as %s',
  (format) => {
    const name = formatRules[format].name as TextFormat;
    fc.assert(
      fc.property(anyFamilies, (families) => {
        checkGrammar(writeAll(admit(families, format).admitted, format).toString(), name);
      }),
      { numRuns: runs(200) },
    );
  },
);

test.each(formats.filter((format) => format.startsWith('protobuf')))(
  'any families are read back as they are as %s',
  (format) => {
    fc.assert(
      fc.property(anyFamilies, (families) => {
        const { admitted } = admit(families, format);
        const stored = listStored(readFamilies(writeAll(admitted, format)));
        const expected = expectStored(admitted, 'protobuf');
        expect(stored.series).toEqual(expected.series);
        // Prometheus reads fewer exemplars of native histograms than there are.
        for (const exemplar of expected.exemplars) expect(stored.exemplars).toContain(exemplar);
      }),
      { numRuns: runs(200) },
    );
  },
);

describe('the grammar refuses', () => {
  test.each<readonly [TextFormat, string]>([
    ['text', 'a 1'],
    ['text', 'a 1\n'],
    ['text', '# TYPE a info\na 1\n'],
    ['text', '# TYPE a gauge\na 1 1.5\n'],
    ['text', '# TYPE a gauge\na{b="\\t"} 1\n'],
    ['text', '# TYPE a gauge\na  1\n'],
    ['text', '# TYPE a gauge\n# TYPE a gauge\n'],
    ['text', '# TYPE a gauge\n# TYPE b gauge\n# HELP a x\n'],
    ['text', '# TYPE a gauge\nb 1\n'],
    ['text', '# TYPE a gauge\na 1 # {} 1\n'],
    ['openmetrics', '# TYPE a gauge\na 1\n'],
    ['openmetrics', '# TYPE a counter\na 1\n# EOF\n'],
    ['openmetrics', '# TYPE a gauge\na 1 # {} 1\n# EOF\n'],
    ['openmetrics', '# TYPE a counter\na_created 1 # {} 1\n# EOF\n'],
    ['openmetrics', '# TYPE a info\na_info 2\n# EOF\n'],
    ['openmetrics', '# TYPE a stateset\na{b="c"} 1\n# EOF\n'],
    ['openmetrics', '# TYPE a gauge\n# UNIT a seconds\na 1\n# EOF\n'],
    ['openmetrics', '# TYPE a gauge\na 1 st@1\n# EOF\n'],
    ['openmetrics2', '# TYPE a histogram\na_count 1\n# EOF\n'],
    ['openmetrics2', '# TYPE a histogram\na {count:1,sum:1,bucket:[1:1]}\n# EOF\n'],
    ['openmetrics2', '# TYPE a histogram\na {count:1, sum:1,bucket:[+Inf:1]}\n# EOF\n'],
    ['openmetrics2', '# TYPE a gauge\na {count:1,sum:1,quantile:[]}\n# EOF\n'],
    ['openmetrics2', '# TYPE a info\na 1\n# EOF\n'],
    ['openmetrics2', '# TYPE a counter\na 1 # {} 1\n# EOF\n'],
    ['openmetrics2', '# TYPE a counter\na 1 st@1 2\n# EOF\n'],
    ['openmetrics2', '# TYPE a.b gauge\n# EOF\n'],
  ])('%s: %j', (format, text) => {
    expect(() => checkGrammar(text, format)).toThrow(/line|newline/u);
  });
});

describe('the reader of protobuf refuses', () => {
  test.each<readonly [string, readonly number[], RegExp]>([
    ['a length beyond the end', [5, 10, 1], /beyond the end/u],
    ['a field that is unknown', [2, 56, 0], /field 7/u],
    ['a field of another wire type', [2, 8, 0], /wire type 0/u],
    ['a varint that is longer than it has to be', [0x82, 0, 24, 0], /longer/u],
    ['a family without a name', [2, 24, 0], /family ""/u],
    ['a metric of another type', [9, 10, 1, 97, 24, 0, 34, 2, 18, 0], /of type 0 has the fields of 1/u],
  ])('%s', (_, bytes, message) => {
    expect(() => readFamilies(Uint8Array.from(bytes))).toThrow(message);
  });
});
