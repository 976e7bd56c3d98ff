import { loadPathCompiler } from '../../jsonpath/compiler.js';
import { parseDocument } from '../../jsonpath/document.js';
import { type Problem, ZxpError } from '../../model/errors.js';
import type { ConditionSpec } from '../../model/module.js';
import type { Translator } from '../../model/ports.js';
import { createRunContext, type RunContext, type RunFacts } from '../cel-context.js';
import { readWhole } from '../document/chunked-document.js';
import { joinBody } from '../document/document-bytes.js';
import { compilePathCondition, describeCondition, type Finding } from './condition.js';

/** Looks at a document and its response: undefined where the condition does not hold. */
type ResponseCondition = (document: unknown, context: RunContext) => Finding | undefined;

interface CompiledCondition {
  readonly text: string;
  readonly find: ResponseCondition;
}

/** Looks at a whole document. Throws `content` where a condition of the module holds. */
export type ContentCheck = (document: unknown, facts: RunFacts) => void;

/** Compiles the conditions of `fail_if`, to be looked at in their order. What is wrong with one goes to the problems. */
export async function compileContentCheck(
  conditions: readonly ConditionSpec[],
  problems: Problem[],
): Promise<ContentCheck> {
  const compiled = await compileConditions(conditions, problems);
  return (document, facts) => {
    const run = createRunContext(facts);
    for (const condition of compiled) check(condition, document, run);
  };
}

/**
 * A translator that looks at the conditions of `fail_if` first, over the whole document: the first one that holds is
 * thrown as `content`. Itself where there are none. What is wrong with a condition goes to the problems.
 *
 * The document is parsed once more for it: a translator may read of a large one what its metrics need, and no more.
 */
export async function withContentChecks(
  translator: Translator,
  conditions: readonly ConditionSpec[],
  problems: Problem[],
): Promise<Translator> {
  if (conditions.length === 0) return translator;
  const checkContent = await compileContentCheck(conditions, problems);
  return {
    ...translator,
    usesResponse: true,
    *translate(body, context) {
      const whole = joinBody(body, context.freesBody);
      const document = yield* readWhole(whole, { ...context, freesBody: false }, parseDocument);
      const { response, work } = context;
      checkContent(document, { bytes: whole.length, response, work });
      return yield* translator.translate(whole, context);
    },
  };
}

function check({ find, text }: CompiledCondition, document: unknown, context: RunContext): void {
  const finding = find(document, context);
  if (finding === undefined) return;
  throw new ZxpError('content', `the reply fails a check of the module: ${text}`, {
    hint: 'the debug view shows what the condition found; fail_if of the module has the condition',
    evidence: finding.evidence,
  });
}

async function compileConditions(
  conditions: readonly ConditionSpec[],
  problems: Problem[],
): Promise<readonly CompiledCondition[]> {
  const paths = conditions.flatMap(({ test }) => (test.kind === 'cel' ? [] : [test.path]));
  const compilePath = await loadPathCompiler(paths);
  const compileCel = conditions.some(({ test }) => test.kind === 'cel')
    ? (await import('./cel-condition.js')).compileCelCondition
    : undefined;
  return conditions.flatMap((spec) => {
    try {
      const { test } = spec;
      const find = test.kind === 'cel' ? compileCel?.(test) : compilePathCondition(test, compilePath);
      return find === undefined ? [] : [{ find, text: describeCondition(spec) }];
    } catch (thrown) {
      problems.push({ where: spec.where, message: explain(spec, thrown) });
      return [];
    }
  });
}

function explain({ test }: ConditionSpec, thrown: unknown): string {
  const reason = thrown instanceof Error ? thrown.message : String(thrown);
  if (test.kind === 'cel') return `"${test.expression}" is not an expression: ${reason}`;
  return `"${test.path}" is not a path: ${reason}`;
}
