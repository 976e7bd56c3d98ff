import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { testWith } from '../support/programs.js';
import { dashboard } from './dashboard-file.js';
import { alerts, recordingRules } from './rules-file.js';

const folder = fileURLToPath(new URL('../../deploy', import.meta.url));

testWith('jsonnet', 'the mixin has the alerts, the recording rules and the dashboard, as mixins name them', () => {
  const mixin = "local mixin = import 'mixin.libsonnet';";
  const rulesOf = (name: string) => `std.flatMap(function(group) group.rules, mixin.${name}.groups)`;
  const program = `${mixin} [${rulesOf('prometheusAlerts')}, ${rulesOf('prometheusRules')}, mixin.grafanaDashboards]`;
  const output = execFileSync('jsonnet', ['--exec', program], { cwd: folder, encoding: 'utf8' });
  expect(JSON.parse(output)).toEqual([alerts, recordingRules, { 'zxp.json': dashboard }]);
});
