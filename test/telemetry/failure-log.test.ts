import { describe, expect, test } from 'vitest';
import type { LogFields } from '../../src/model/ports.js';
import { createFailureLog } from '../../src/telemetry/failure-log.js';

const MINUTE_MS = 60_000;

/** A failure log with a clock to turn, and the lines that it wrote. */
function createLog() {
  const clock = { nowMs: 1_000_000 };
  const lines: { message: string; fields: LogFields }[] = [];
  const record = (message: string, fields: LogFields = {}) => lines.push({ message, fields });
  const unexpected = () => {
    throw new Error('failures are warnings');
  };
  const logger = { warn: record, error: unexpected, info: unexpected, debug: unexpected };
  const log = createFailureLog(logger, () => clock.nowMs);
  return {
    clock,
    lines,
    report: (cause: string, group?: string) => log.report({ cause, group }, 'scrape failed', { reason: cause }),
  };
}

describe('the log of failures', () => {
  test('has the first of a cause at once', () => {
    const { lines, report } = createLog();
    report('timeout');
    expect(lines).toEqual([{ message: 'scrape failed', fields: { reason: 'timeout' } }]);
  });

  test('has a cause once a minute, with the count of what was suppressed', () => {
    const { clock, lines, report } = createLog();
    for (let second = 0; second < 60; second++) {
      report('timeout');
      clock.nowMs += 1000;
    }
    expect(lines).toHaveLength(1);
    report('timeout');
    expect(lines).toHaveLength(2);
    expect(lines[1]?.fields).toEqual({ reason: 'timeout', suppressed: 59 });
  });

  test('counts again after each line', () => {
    const { clock, lines, report } = createLog();
    report('timeout');
    report('timeout');
    clock.nowMs += MINUTE_MS;
    report('timeout');
    clock.nowMs += MINUTE_MS;
    report('timeout');
    expect(lines.map(({ fields }) => fields.suppressed)).toEqual([undefined, 1, undefined]);
  });

  test('suppresses until the minute is over, and not a millisecond longer', () => {
    const { clock, lines, report } = createLog();
    report('timeout');
    clock.nowMs += MINUTE_MS - 1;
    report('timeout');
    expect(lines).toHaveLength(1);
    clock.nowMs += 1;
    report('timeout');
    expect(lines).toHaveLength(2);
  });

  test('counts each cause by itself', () => {
    const { clock, lines, report } = createLog();
    for (const cause of ['timeout', 'connect', 'timeout', 'timeout', 'connect']) report(cause);
    expect(lines.map(({ fields }) => fields.reason)).toEqual(['timeout', 'connect']);
    clock.nowMs += MINUTE_MS;
    report('connect');
    report('timeout');
    expect(lines.slice(2).map(({ fields }) => fields)).toEqual([
      { reason: 'connect', suppressed: 1 },
      { reason: 'timeout', suppressed: 2 },
    ]);
  });

  test('does not remember causes without end', () => {
    const { lines, report } = createLog();
    for (let i = 0; i < 5000; i++) report(`cause ${i}`);
    expect(lines).toHaveLength(5000);
    // Forgotten meanwhile, so it is said again.
    report('cause 0');
    expect(lines).toHaveLength(5001);
  });

  test('has ten lines a minute of a group, however many causes it has, and then how many were suppressed', () => {
    const { clock, lines, report } = createLog();
    for (let i = 0; i < 5000; i++) report(`connect to host ${i}`, 'connect');
    expect(lines).toHaveLength(10);
    report('timeout of host 1', 'timeout');
    report('a configured target');
    expect(lines).toHaveLength(12);
    clock.nowMs += MINUTE_MS;
    report('connect to host 7000', 'connect');
    expect(lines.at(-1)?.fields).toEqual({ reason: 'connect to host 7000', suppressed: 4990 });
  });
});
