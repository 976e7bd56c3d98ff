import { describe, expect, test } from 'vitest';
import { type LogEvent, listLogEvents } from './log-events.js';
import { listCodeWords, readPage, readTable } from './pages.js';

const page = readPage('docs/log.md');
const events = listLogEvents();

/** A cell that is one name has lost its quotes. */
function readFields(cell: string): readonly string[] {
  return /^\w+$/.test(cell) ? [cell] : listCodeWords(cell);
}

function nameEvent({ level, message }: Pick<LogEvent, 'level' | 'message'>): string {
  return `${level} ${message}`;
}

describe.each(['daemon', 'agent', 'proxy'] as const)('the log of the %s', (program) => {
  const rows = readTable(page, program, 'event').map((row) => ({
    level: row.get('level') ?? '',
    message: (row.get('event') ?? '').replace(/^`|`$/g, ''),
    fields: readFields(row.get('fields') ?? ''),
  }));
  const logged = events.filter((event) => event.program === program);

  test('the page lists every event that the code logs, with its level, and no other', () => {
    const names = [...new Set(logged.map(nameEvent))];
    expect(names.length).toBeGreaterThan(10);
    expect(rows.map(nameEvent).sort()).toEqual(names.sort());
  });

  test.each(rows.map((row) => [row.message, row] as const))('%s has the fields that the page lists', (_, row) => {
    const calls = logged.filter((event) => nameEvent(event) === nameEvent(row));
    const fields = [...new Set(calls.flatMap((call) => call.fields))];
    if (calls.some(({ hasMore }) => hasMore)) expect(row.fields).toEqual(expect.arrayContaining(fields));
    else expect(row.fields).toEqual(fields);
  });
});
