import type { Diagnosis, StepReport, StepStatus } from './diagnosis.js';

const marks: Record<StepStatus, string> = { ok: 'ok', warning: 'warn', failed: 'FAIL', skipped: '-' };

const MARK_WIDTH = 4;
const STEP_WIDTH = 13;

/** How the mark of a step is shown. */
export type Paint = Readonly<Record<StepStatus, (text: string) => string>>;

/** A diagnosis as text: a line for each step, its warnings below. */
export function renderDiagnosis({ target, url, module, steps }: Diagnosis, paint: Paint): string {
  const by = module === undefined ? '' : ` by module ${module}`;
  const what = url === undefined || url === target ? '' : ` (${url})`;
  const failed = steps.findIndex(({ status }) => status === 'failed');
  const checked = failed < 0 ? steps : steps.slice(0, failed + 1);
  const rest = steps.slice(checked.length).map(({ step }) => step);
  const last = rest.length === 0 ? [] : [`  ${renderMark('skipped', paint)}  not checked: ${rest.join(', ')}`];
  return [`${target}${what}${by}`, '', ...checked.flatMap((each) => renderStep(each, paint)), ...last, '', ''].join(
    '\n',
  );
}

function renderMark(status: StepStatus, paint: Paint): string {
  return paint[status](marks[status].padEnd(MARK_WIDTH));
}

function renderStep({ step, status, seen, seconds, warnings }: StepReport, paint: Paint): readonly string[] {
  const time = seconds === undefined || seconds === 0 || status === 'skipped' ? '' : `, ${toMilliseconds(seconds)} ms`;
  const indent = ' '.repeat(2 + MARK_WIDTH + 2 + STEP_WIDTH + 2);
  return [
    `  ${renderMark(status, paint)}  ${step.padEnd(STEP_WIDTH)}  ${seen}${time}`,
    ...warnings.flatMap(({ message, hint }) => [
      `${indent}warning: ${message}`,
      ...(hint === undefined ? [] : [`${indent}hint: ${hint}`]),
    ]),
  ];
}

function toMilliseconds(seconds: number): number {
  const milliseconds = seconds * 1000;
  return milliseconds < 10 ? Math.round(milliseconds * 10) / 10 : Math.round(milliseconds);
}

/** A diagnosis for programs: keys in snake case, null for what is not there. */
export function toJsonDiagnosis({ target, url, module, steps, failure }: Diagnosis) {
  return {
    target,
    url: url ?? null,
    module: module ?? null,
    ok: failure === undefined,
    failed_step: failure?.step ?? null,
    reason: failure?.reason ?? null,
    message: failure?.message ?? null,
    hint: failure?.hint ?? null,
    problems: (failure?.problems ?? []).map(({ where, message, hint }) => ({ where, message, hint: hint ?? null })),
    steps: steps.map(({ step, status, seen, seconds, warnings }) => ({
      step,
      status,
      seen,
      seconds: seconds ?? null,
      warnings: warnings.map(({ message, hint }) => ({ message, hint: hint ?? null })),
    })),
  };
}
