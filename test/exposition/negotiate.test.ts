import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Compression } from '../../src/exposition/compress.js';
import { negotiateCompression, negotiateFormat, rememberHeaders } from '../../src/exposition/negotiate.js';
import type { ExpositionFormat } from '../../src/model/metrics.js';

describe('the format', () => {
  test.each<[client: string, accept: string | undefined, format: ExpositionFormat]>([
    [
      'Prometheus 2.42',
      'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1',
      'openmetrics',
    ],
    [
      'Prometheus 2.20',
      'application/openmetrics-text; version=0.0.1,text/plain;version=0.0.4;q=0.5,*/*;q=0.1',
      'openmetrics',
    ],
    [
      'Prometheus 3',
      'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2',
      'openmetrics-utf8',
    ],
    [
      'Prometheus 3 with native histograms',
      'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.6,application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1',
      'protobuf-utf8',
    ],
    ['Prometheus 3 with PrometheusText0.0.4', 'text/plain;version=0.0.4;q=0.6,*/*;q=0.5', 'text'],
    ['a scraper of UTF-8 names in text', 'text/plain;version=1.0.0;escaping=allow-utf-8', 'text-utf8'],
    ['VictoriaMetrics', 'text/plain;version=0.0.4;q=1,*/*;q=0.1', 'text'],
    [
      'Prometheus 3.16 with openmetrics2',
      'application/openmetrics-text;version=2.0.0;escaping=allow-utf-8;q=0.7,application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,text/plain;version=0.0.4;q=0.5,*/*;q=0.4',
      'openmetrics2-utf8',
    ],
    [
      'Prometheus 3.16 as it comes',
      'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.7,application/openmetrics-text;version=0.0.1;q=0.6,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.5,text/plain;version=0.0.4;q=0.4,*/*;q=0.3',
      'openmetrics-utf8',
    ],
    [
      'Prometheus 3.16 with metric_name_escaping_scheme: dots',
      'application/openmetrics-text;version=1.0.0;escaping=dots;q=0.7,application/openmetrics-text;version=0.0.1;q=0.6,text/plain;version=1.0.0;escaping=dots;q=0.5,text/plain;version=0.0.4;q=0.4,*/*;q=0.3',
      'openmetrics-dots',
    ],
    [
      'Prometheus 3.16 with native histograms and metric_name_escaping_scheme: values',
      'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.7,application/openmetrics-text;version=1.0.0;escaping=values;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=values;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2',
      'protobuf-values',
    ],
    [
      'Prometheus 3.16 with PrometheusProto alone',
      'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.7,*/*;q=0.6',
      'protobuf-utf8',
    ],
    [
      'Prometheus 3.16 with PrometheusText1.0.0 and underscores alone',
      'text/plain;version=1.0.0;escaping=underscores;q=0.7,*/*;q=0.6',
      'text',
    ],
    [
      'Prometheus 2.42 with native histograms',
      'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited,application/openmetrics-text;version=1.0.0;q=0.8,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1',
      'protobuf',
    ],
    [
      'Telegraf of old',
      'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.7,text/plain;version=0.0.4;q=0.3',
      'protobuf',
    ],
    [
      'Telegraf',
      'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.7,text/plain;version=0.0.4;q=0.3,*/*;q=0.1',
      'protobuf',
    ],
    [
      'the OpenTelemetry collector',
      'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2',
      'openmetrics-utf8',
    ],
    [
      'the OpenTelemetry collector of old, and Grafana Alloy with native histograms',
      'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.6,application/openmetrics-text;version=1.0.0;escaping=underscores;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;escaping=underscores;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1',
      'protobuf',
    ],
    ['vmagent', 'text/plain;version=0.0.4;q=1,*/*;q=0.1', 'text'],
    ['a client of protobuf that says no more', 'application/vnd.google.protobuf', 'text'],
    [
      'a client of protobuf as text',
      'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=text',
      'text',
    ],
    ['a client of an unknown escaping', 'application/openmetrics-text;version=1.0.0;escaping=hats', 'openmetrics'],
    ['curl', '*/*', 'text'],
    ['a browser', 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8', 'text'],
    ['nobody', undefined, 'text'],
    ['nobody', '', 'text'],
    ['a client of OpenMetrics without a version', 'application/openmetrics-text', 'openmetrics'],
    ['a client with capitals and blanks', ' Application/OpenMetrics-Text ; VERSION="1.0.0" ; Q=0.9 ', 'openmetrics'],
    ['a client of a version to come', 'application/openmetrics-text;version=3.0.0', 'text'],
    ['a client that refuses OpenMetrics', 'application/openmetrics-text;q=0', 'text'],
    ['a client that refuses OpenMetrics', 'application/openmetrics-text;q=0.000,*/*;q=0', 'text'],
    ['a client that prefers text', 'application/openmetrics-text;q=0.5,text/plain;q=0.6', 'text'],
    ['a client that prefers any text', 'application/openmetrics-text;q=0.5,text/*;q=0.6', 'text'],
    ['a client of both alike', 'text/plain,application/openmetrics-text', 'openmetrics'],
    [
      'a client whose text is the last resort',
      'application/openmetrics-text;q=0.5,text/plain;q=0.1,*/*',
      'openmetrics',
    ],
    ['a client whose text is the last resort', '*/*,text/*;q=0.1,application/openmetrics-text;q=0.5', 'openmetrics'],
    ['a client of another text version', 'application/openmetrics-text;q=0.5,text/plain;version=1.0.0', 'openmetrics'],
    ['a client of any application', 'application/*', 'text'],
    ['a client with a broken quality', 'application/openmetrics-text;q=much', 'text'],
    ['a client with a quality beyond 1', 'application/openmetrics-text;q=1.5,text/plain;q=0.1', 'text'],
    ['a client with a negative quality', 'application/openmetrics-text;q=-1,text/plain;q=0.1', 'text'],
    ['garbage', ',;,;;q=,=;"', 'text'],
    ['garbage with a wish in it', ',,;q=1,application/openmetrics-text,', 'openmetrics'],
    ['names of Object.prototype', 'constructor;__proto__=1,toString;q=1', 'text'],
  ])('%s (%s) gets %s', (_, accept, format) => {
    expect(negotiateFormat(accept)).toBe(format);
  });

  const ranges = fc.constantFrom(
    'application/openmetrics-text',
    'application/openmetrics-text;version=1.0.0',
    'application/openmetrics-text;version=0.0.1',
    'application/openmetrics-text;version=9',
    'text/plain',
    'text/plain;version=0.0.4',
    'text/*',
    '*/*',
    'text/html',
  );
  const qualities = fc.constantFrom('', ';q=0', ';q=0.0', ';q=0.1', ';q=0.5', ';q=0.55', ';q=1', ';q=1.000', ';q=x');
  const accepts = fc.array(
    fc.tuple(ranges, qualities).map((parts) => parts.join('')),
    { maxLength: 5 },
  );

  test.each<[acceptEncoding: string, compression: Compression]>([
    ['zstd', 'zstd'],
    ['gzip, zstd', 'zstd'],
    ['zstd;q=0.5, gzip;q=0.5', 'zstd'],
    ['zstd;q=0.5, gzip', 'gzip'],
    ['zstd, gzip;q=0.5', 'zstd'],
    ['zstd;q=0, gzip', 'gzip'],
    ['zstd;q=0', 'identity'],
    ['zstd;q=0.5, identity', 'identity'],
    ['gzip;q=0.2, zstd;q=0.3, identity;q=0.4', 'identity'],
    ['*', 'gzip'],
    ['zstd;q=0.5, *', 'gzip'],
    ['gzip, deflate, br, zstd', 'zstd'],
    ['gzip', 'gzip'],
    ['zstandard', 'identity'],
  ])('%s gets %s where Node has zstd', (acceptEncoding, compression) => {
    expect(negotiateCompression(acceptEncoding, true)).toBe(compression);
  });

  test('any header gets text or OpenMetrics 1.0, the latter only where it is named', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), accepts.map(String)), (accept) => {
        const format = negotiateFormat(accept);
        expect(['text', 'openmetrics']).toContain(format);
        if (!accept.toLowerCase().includes('application/openmetrics-text')) expect(format).toBe('text');
      }),
    );
  });

  test('order, letter case and blanks make no difference', () => {
    fc.assert(
      fc.property(accepts, (accept) => {
        const format = negotiateFormat(accept.join());
        expect(negotiateFormat(accept.toReversed().join(' , '))).toBe(format);
        expect(negotiateFormat(accept.join().toUpperCase())).toBe(format);
        expect(negotiateFormat(accept.join(',\t').replaceAll(';', ' ; '))).toBe(format);
      }),
    );
  });

  test('a header that asks for OpenMetrics as strongly as possible gets it', () => {
    fc.assert(
      fc.property(accepts, (accept) => {
        expect(negotiateFormat([...accept, 'application/openmetrics-text;version=1.0.0'].join())).toBe('openmetrics');
      }),
    );
  });
});

describe('the coding', () => {
  test.each<[acceptEncoding: string | undefined, compression: Compression]>([
    [undefined, 'identity'],
    ['', 'identity'],
    ['gzip', 'gzip'],
    ['x-gzip', 'gzip'],
    ['GZIP', 'gzip'],
    ['gzip, deflate, br, zstd', 'gzip'],
    ['deflate, br', 'identity'],
    ['identity', 'identity'],
    ['*', 'gzip'],
    ['*;q=0', 'identity'],
    ['gzip;q=0', 'identity'],
    ['gzip;q=0.0, *', 'identity'],
    ['gzip;q=0,identity;q=0', 'identity'],
    ['gzip;q=0.001', 'gzip'],
    ['gzip;q=0.5, identity', 'identity'],
    ['gzip;q=0.5, identity;q=0.5', 'gzip'],
    ['gzip, identity;q=0.5', 'gzip'],
    ['identity;q=0.5, *;q=0.1', 'identity'],
    ['*;q=0.5, identity;q=0.1', 'gzip'],
    ['gzip;q=2', 'gzip'],
    ['gzip;q=', 'gzip'],
    ['gzip;q=none', 'identity'],
    [';;,,=', 'identity'],
    ['gzipped', 'identity'],
    ['constructor', 'identity'],
  ])('%s gets %s', (acceptEncoding, compression) => {
    expect(negotiateCompression(acceptEncoding, false)).toBe(compression);
  });

  test('any header gets one of the two, gzip only where it or any coding is named', () => {
    fc.assert(
      fc.property(fc.string(), (acceptEncoding) => {
        const compression = negotiateCompression(acceptEncoding, false);
        expect(['gzip', 'identity']).toContain(compression);
        if (!/gzip|\*/i.test(acceptEncoding)) expect(compression).toBe('identity');
      }),
    );
  });
});

describe('headers that are remembered', () => {
  test('are looked at once, the last 32 of them', () => {
    const looked: string[] = [];
    const find = rememberHeaders((header) => {
      looked.push(header);
      return negotiateFormat(header);
    });
    const headers = Array.from({ length: 33 }, (_, i) => `application/openmetrics-text;q=0.${i + 1}`);
    for (const header of [...headers, ...headers.slice(1)]) expect(find(header)).toBe('openmetrics');
    expect(looked).toEqual(headers);
    expect(find(headers[0])).toBe('openmetrics');
    expect(looked).toHaveLength(34);
  });

  test('are none where nothing is said, and not those of more than 1 KiB', () => {
    const looked: string[] = [];
    const find = rememberHeaders((header) => looked.push(header));
    expect([find(undefined), find(''), find(undefined)]).toEqual([1, 1, 1]);
    const long = 'x'.repeat(1025);
    expect([find(long), find(long)]).toEqual([2, 3]);
  });
});
