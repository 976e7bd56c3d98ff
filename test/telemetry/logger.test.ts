import { describe, expect, test } from 'vitest';
import { Secret } from '../../src/model/secret.js';
import { createLogger, type LoggerOptions } from '../../src/telemetry/logger.js';
import { MemoryStream } from '../support/memory-stream.js';

function createLog(changes: Partial<LoggerOptions> = {}) {
  const stream = new MemoryStream();
  const clock = () => new Date('2030-01-02T03:04:05.678Z');
  return { stream, logger: createLogger({ level: 'debug', format: 'logfmt', stream, clock, ...changes }) };
}

/** Reads one line of logfmt as its readers do: `key=value` or `key="value"` with the escapes of JSON. */
function parseLogfmt(line: string): Record<string, string> {
  const pair = /([^\s="]+)=(?:"((?:[^"\\]|\\.)*)"|([^\s"=]*))(?: |$)/gy;
  const entries: [string, string][] = [];
  for (let end = 0; end < line.length; end = pair.lastIndex) {
    const [, key, quoted, plain] = pair.exec(line) ?? [];
    if (key === undefined) throw new Error(`no logfmt: ${line}`);
    entries.push([key, quoted === undefined ? (plain ?? '') : JSON.parse(`"${quoted}"`)]);
  }
  return Object.fromEntries(entries);
}

const texts = {
  plain: 'http://zot:8080/metrics',
  empty: '',
  spaces: '  two  ',
  quotes: 'say "hello"',
  backslash: 'C:\\zot',
  equals: 'a=b',
  newlines: 'one\ntwo\r\nthree\u2028four',
  forged: 'x" level=error msg="forged',
  controls: '\u0000\t\u001b[31mred\u007f',
  unicode: 'Größe 測定 🚀',
  combining: 'e\u0301 \u200b \ufeff',
};

describe.each(['logfmt', 'json'] as const)('a line in %s', (format) => {
  const parse = (line: string): unknown => (format === 'json' ? JSON.parse(line) : parseLogfmt(line));

  test('has the time, the level, the message and the fields, in this order', () => {
    const { stream, logger } = createLog({ format });
    logger.info('server started', { version: '1.2.3', listening: 'http://localhost:8081' });
    const expected = {
      logfmt:
        'ts=2030-01-02T03:04:05.678Z level=info msg="server started" version=1.2.3 listening=http://localhost:8081\n',
      json: '{"ts":"2030-01-02T03:04:05.678Z","level":"info","msg":"server started","version":"1.2.3","listening":"http://localhost:8081"}\n',
    };
    expect(stream.text).toBe(expected[format]);
  });

  test.each(Object.entries(texts))('with %s parses back, as a message and as a field', (_name, text) => {
    const { stream, logger } = createLog({ format });
    logger.warn(text, { field: text, after: 'end' });
    expect(stream.lines).toHaveLength(1);
    expect(parse(stream.lines[0] ?? '')).toEqual({
      ts: '2030-01-02T03:04:05.678Z',
      level: 'warn',
      msg: text,
      field: text,
      after: 'end',
    });
  });

  test('leaves out what is undefined', () => {
    const { stream, logger } = createLog({ format });
    logger.info('m', { upstream: undefined, status: 0, up: false });
    expect(stream.text).not.toContain('upstream');
    expect(parse(stream.lines[0] ?? '')).toMatchObject(
      format === 'json' ? { status: 0, up: false } : { status: '0', up: 'false' },
    );
  });

  test('has no secret, in the message or in any field', () => {
    const { stream, logger } = createLog({ format });
    logger.error('asked http://u:canary@zot with Bearer canary', {
      authorization: 'canary',
      password: 'canary',
      token: 'canary',
      cause: new Error('Basic canary'),
      secret: new Secret('canary'),
      value: new Secret('canary'),
      nested: { authorization: 'canary' },
    });
    expect(stream.text).not.toContain('canary');
    expect(stream.lines).toHaveLength(1);
  });
});

describe('a logger', () => {
  test.each([
    ['error', ['error']],
    ['warn', ['error', 'warn']],
    ['info', ['error', 'warn', 'info']],
    ['debug', ['error', 'warn', 'info', 'debug']],
  ] as const)('of level %s writes %j', (level, written) => {
    const { stream, logger } = createLog({ level });
    logger.error('error');
    logger.warn('warn');
    logger.info('info');
    logger.debug('debug');
    expect(stream.lines.map((line) => parseLogfmt(line).level)).toEqual(written);
  });

  test('changes its level and form while it is in use', () => {
    const { stream, logger } = createLog({ level: 'info' });
    logger.debug('before');
    logger.adjust({ level: 'debug', format: 'json' });
    logger.debug('after');
    expect(stream.lines).toEqual(['{"ts":"2030-01-02T03:04:05.678Z","level":"debug","msg":"after"}']);
  });

  test('is one of its own: another of another level is not touched', () => {
    const [loud, quiet] = [createLog({ level: 'debug' }), createLog({ level: 'error' })];
    quiet.logger.adjust({ level: 'error', format: 'json' });
    loud.logger.debug('heard');
    quiet.logger.debug('not heard');
    expect(loud.stream.text).toContain('msg=heard');
    expect(quiet.stream.text).toBe('');
  });
});
