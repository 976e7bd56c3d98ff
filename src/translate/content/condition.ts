import { parseSampleValue } from '../../golang/number.js';
import type { PathCompiler } from '../../jsonpath/compiler.js';
import { renderLists } from '../../jsonpath/matches.js';
import { PathFailure, PathLimit } from '../../jsonpath/path.js';
import type { ConditionSpec, ConditionTest } from '../../model/module.js';
import type { Work } from '../../model/work.js';
import { previewValues } from './preview.js';

/** Why a reply is a failure: what shows it, for the debug view. */
export interface Finding {
  readonly evidence: string;
}

/** Looks at a document: undefined where the condition does not hold. */
export type Condition = (document: unknown, context: { readonly work: Work }) => Finding | undefined;

type PathTest = Exclude<ConditionTest, { kind: 'cel' }>;

const OPTIONS = { allowMissingKey: true, strictNumbers: false };

/** Compiles a condition on what a path finds. Throws PathSyntaxError. */
export function compilePathCondition(test: PathTest, compilePath: PathCompiler): Condition {
  const path = compilePath(test.path, OPTIONS);
  const holds = compileTest(test);
  return (document, { work }) => {
    const found = path.select(document, work);
    // Nobody knows whether it holds.
    if (found instanceof PathLimit) return { evidence: found.message };
    const nodes = found instanceof PathFailure ? [] : found;
    return holds(nodes, work) ? { evidence: previewValues(nodes, test.path) } : undefined;
  };
}

/** One value is enough where a path finds several. */
function compileTest(test: PathTest): (nodes: readonly unknown[], work: Work) => boolean {
  switch (test.kind) {
    case 'exists':
      return test.expected ? (nodes) => nodes.some(isSomething) : (nodes) => nodes.every(isNull);
    case 'range': {
      const { above = Number.POSITIVE_INFINITY, below = Number.NEGATIVE_INFINITY } = test;
      return (nodes, work) =>
        nodes.some((node) => {
          const value = readNumber(node, work);
          return value !== undefined && (value > above || value < below);
        });
    }
    case 'is': {
      const texts = new Set(test.texts);
      return (nodes, work) => nodes.some((node) => !isNull(node) && texts.has(readText(node, work)));
    }
    case 'not': {
      const texts = new Set(test.texts);
      return (nodes, work) => nodes.some((node) => !isNull(node) && !texts.has(readText(node, work)));
    }
  }
}

function isNull(node: unknown): boolean {
  return node === null || node === undefined;
}

/** What an error is reported with: neither null, false, "" nor []. */
function isSomething(node: unknown): boolean {
  if (Array.isArray(node)) return node.length > 0;
  return !isNull(node) && node !== false && node !== '';
}

/** The text of a value as a label has it. */
function readText(node: unknown, work: Work): string {
  if (typeof node === 'string') return node;
  const text = renderLists([[node]], OPTIONS, work);
  return typeof text === 'string' ? text : '';
}

/** A number as a value has it, texts too. Arrays and objects are none. */
function readNumber(node: unknown, work: Work): number | undefined {
  if (typeof node === 'number') return node;
  return isNull(node) || typeof node === 'object' ? undefined : parseSampleValue(readText(node, work));
}

/** A condition as a person would read it, where it has no message. */
export function describeCondition({ message, test }: ConditionSpec): string {
  if (message !== undefined && message !== '') return message;
  switch (test.kind) {
    case 'cel':
      return test.failsOn ? test.expression : `not: ${test.expression}`;
    case 'exists':
      return `${test.path} ${test.expected ? 'exists' : 'does not exist'}`;
    case 'range':
      return `${test.path} is ${describeRange(test)}`;
    case 'is':
      return `${test.path} is ${test.texts.join(' or ')}`;
    case 'not':
      return `${test.path} is not ${test.texts.join(' or ')}`;
  }
}

function describeRange({ above, below }: Extract<ConditionTest, { kind: 'range' }>): string {
  const bounds = [above === undefined ? [] : `above ${above}`, below === undefined ? [] : `below ${below}`];
  return bounds.flat().join(' or ');
}
