import { describe, expect, test } from 'vitest';
import { dashboard } from '../deploy/dashboard-file.js';
import { alerts, recordingRules } from '../deploy/rules-file.js';
import { readColumn, readPage, readSection, readTable } from './pages.js';

const monitoring = readPage('docs/monitoring.md');

describe('the rules', () => {
  test('the page lists every alert with its severity and its delay, and no other', () => {
    const documented = readTable(monitoring, 'alerts', 'alert').map((row) => [
      /^\[`(\w+)`\]/.exec(row.get('alert') ?? '')?.[1],
      row.get('severity'),
      row.get('after'),
    ]);
    expect(documented).toEqual(alerts.map((alert) => [alert.alert, alert.labels?.severity, alert.for]));
  });

  test('the page lists every recording rule, and no other', () => {
    const documented = readColumn(readTable(monitoring, 'recording-rules', 'rule'), 'rule');
    expect(documented).toEqual(recordingRules.map(({ record }) => record));
  });

  test('the runbooks have a heading for every alert, and no other', () => {
    expect(readSection(readPage('docs/runbooks.md'), 'runbooks').below).toEqual(alerts.map(({ alert }) => alert));
  });
});

test('the page lists every row of the dashboard, and no other', () => {
  const rows = dashboard.panels.filter((panel) => panel.type === 'row').map(({ title }) => title);
  expect(readColumn(readTable(monitoring, 'dashboard', 'row'), 'row')).toEqual(rows);
});
