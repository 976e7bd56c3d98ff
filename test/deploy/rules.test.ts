import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { testWith } from '../support/programs.js';
import { alerts, prometheusFolder, recordingRules } from './rules-file.js';

interface RuleTests {
  readonly tests: readonly {
    readonly alert_rule_test?: readonly { readonly alertname: string; readonly exp_alerts?: readonly unknown[] }[];
    readonly promql_expr_test?: readonly { readonly expr: string }[];
  }[];
}

const { tests }: RuleTests = parse(readFileSync(`${prometheusFolder}/zxp.rules.test.yml`, 'utf8'));
const promtool = (...args: readonly string[]) => promisify(execFile)('promtool', args, { cwd: prometheusFolder });

describe('the rules', () => {
  testWith('promtool', 'have no fault that promtool knows', async () => {
    const { stdout } = await promtool('check', 'rules', '--lint=all', '--lint-fatal', 'zxp.rules.yml');
    expect(stdout).toContain(`SUCCESS: ${alerts.length + recordingRules.length} rules found`);
  });

  testWith('promtool', 'pass their tests', async () => {
    const { stdout } = await promtool('test', 'rules', 'zxp.rules.test.yml');
    expect(stdout).toContain('SUCCESS');
  });

  test.each(alerts.map((alert) => [alert.alert, alert] as const))('%s has all that a pager shows', (name, alert) => {
    expect(name).toMatch(/^Zxp[A-Za-z]+$/);
    expect(alert.for).toMatch(/^\d+m$/);
    expect(alert.labels?.severity).toMatch(/^(warning|critical)$/);
    expect(Object.keys(alert.annotations ?? {})).toEqual(['summary', 'description', 'runbook_url']);
    expect(alert.annotations?.runbook_url).toMatch(new RegExp(`^docs/runbooks\\.md#${name.toLowerCase()}$`));
  });

  test.each(alerts.map(({ alert }) => alert))('%s has a case in which it fires, and a quiet one', (name) => {
    const cases = tests.flatMap((each) => each.alert_rule_test ?? []).filter(({ alertname }) => alertname === name);
    const fires = cases.map(({ exp_alerts }) => (exp_alerts ?? []).length > 0);
    expect([...new Set(fires)].sort()).toEqual([false, true]);
  });

  test.each(recordingRules.map(({ record }) => record))('%s is tested', (record) => {
    const expressions = tests.flatMap((each) => each.promql_expr_test ?? []).map(({ expr }) => expr);
    expect(expressions.some((expr) => expr.includes(record))).toBe(true);
  });
});
