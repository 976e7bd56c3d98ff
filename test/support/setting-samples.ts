import type { Setting } from '../../src/config/settings.js';
import * as values from '../../src/config/values.js';

/** A value that is no default, as a flag or a variable says it and as a file may. */
export interface Sample {
  readonly text: string;
  readonly native: string | number | boolean;
}

/** At least two values of each kind, that a configuration may have together. */
const samplesOf: ReadonlyMap<values.ValueKind<unknown>, readonly Sample[]> = new Map<
  values.ValueKind<unknown>,
  readonly Sample[]
>([
  [values.upstreamPlace, likeText('http://one.example:8080', 'https://two.example', 'http://[::1]:3/base')],
  [values.urlPath, likeText('/one', '/two/metrics', '/three')],
  [values.filePath, likeText('/tmp/one', '/tmp/two words', '/tmp/three')],
  [values.text, likeText('one', 'two', 'three')],
  [values.positiveDuration, likeText('21s', '1m', '1h30m')],
  [values.duration, likeText('1ms', '0', '9s')],
  [values.byteSize, [{ text: '1KiB', native: '1KiB' }, { text: '2MB', native: '2MB' }, likeNumber(12_345)]],
  [values.count, [likeNumber(3), likeNumber(77), likeNumber(123_456)]],
  [values.listenAddress, likeText('127.0.0.1:1', '[::1]:2', ':3')],
  [values.webListenAddress, likeText('127.0.0.1:1', 'unix:/run/zxp.sock', ':3')],
  [values.externalUrl, likeText('https://one.example', 'http://two.example:8080/zxp', 'https://[::1]:3')],
  [values.routePrefix, likeText('/one', '/two/zxp', '/three')],
  [
    values.flag,
    [
      { text: 'true', native: true },
      { text: 'false', native: false },
    ],
  ],
  [values.logLevel, likeText('debug', 'warn', 'error')],
  [values.authMode, likeText('none', 'bearer', 'mtls')],
  [values.logFormat, likeText('json', 'logfmt')],
]);

function likeText(...texts: readonly string[]): readonly Sample[] {
  return texts.map((text) => ({ text, native: text }));
}

function likeNumber(number: number): Sample {
  return { text: String(number), native: number };
}

/** Throws where nobody has given the setting's kind samples yet. */
export function samplesFor(row: Setting<unknown>): readonly [Sample, Sample, ...Sample[]] {
  const [first, second, ...more] = samplesOf.get(row.kind) ?? [];
  if (first === undefined || second === undefined)
    throw new Error(`give samples of --${row.name}, ${row.kind.expected}`);
  return [first, second, ...more];
}
