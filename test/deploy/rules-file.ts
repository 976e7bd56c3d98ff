import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

/** `deploy/prometheus/zxp.rules.yml`, as far as the tests read it. */
export interface Alert {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface RecordingRule {
  readonly record: string;
  readonly expr: string;
}

interface RulesFile {
  readonly groups: readonly { readonly rules: readonly (Alert | RecordingRule)[] }[];
}

export const prometheusFolder = fileURLToPath(new URL('../../deploy/prometheus', import.meta.url));

const file: RulesFile = parse(readFileSync(`${prometheusFolder}/zxp.rules.yml`, 'utf8'));
const rules = file.groups.flatMap((group) => group.rules);

export const alerts: readonly Alert[] = rules.filter((rule) => 'alert' in rule);
export const recordingRules: readonly RecordingRule[] = rules.filter((rule) => 'record' in rule);
