import { type CompiledPath, PathFailure } from '../../jsonpath/path.js';
import type { MetricSpec } from '../../model/module.js';
import type { Scope } from './iteration-context.js';
import { type Compiling, compileStepPath } from './value-reader.js';

/** Whom an iteration tells. */
export interface Visitor {
  /** Of every element that a step finds, on the way and at the end. May throw to give up. */
  enter(): void;
  /** Of every element at the end, the scope in place. */
  visit(scope: Scope): void;
  /** Of every step that finds none. */
  fail(failure: PathFailure): void;
}

/** Goes over the elements below the document of a scope. */
export type Iteration = (scope: Scope, visitor: Visitor) => void;

/** One step inwards: hands over each element that it finds in one, with its key where keys are asked for. */
export type Step = (from: unknown, enter: (element: unknown, key: string | number) => void) => PathFailure | undefined;

const LAST_WILDCARD = /^(\{.*[^.])(?:\.\*|\[\*\])\s*\}$|^(\$.*[^.]|\$)(?:\.\*|\[\*\])$/s;
const noContainer = new PathFailure('error', 'is neither an array nor an object, and has no elements');

/** Compiles the steps of a metric; `keySteps` are those whose keys a label or value asks for. */
export function compileSteps(
  steps: MetricSpec['steps'],
  compiling: Compiling,
  keySteps: ReadonlySet<number>,
): Iteration {
  const compiled = steps.map((step, i) => compileStep(step, compiling, keySteps.has(i)));
  return (scope, visitor) => descend({ steps: compiled, depth: 0, scope, visitor });
}

/** Compiles one step. Where its keys are asked for it finds what holds the elements, and walks that. */
export function compileStep(step: MetricSpec['steps'][number], compiling: Compiling, needsKeys: boolean): Step {
  const container = needsKeys ? findContainer(step.path) : undefined;
  if (container !== undefined) {
    const path = compileStepPath({ path: container, where: step.where }, compiling);
    return (from, enter) => enterEntries(path, from, enter);
  }
  if (needsKeys) {
    const message = 'gives no keys, which a label or value asks for';
    compiling.problems.push({ where: step.where, message, hint: 'let the path end in .* or [*]' });
  }
  const path = compileStepPath(step, compiling);
  return (from, enter) => {
    const found = path.select(from);
    if (found instanceof PathFailure) return found;
    for (const each of found) enter(each, '');
    return undefined;
  };
}

/** `{.disks.*}` gives `{.disks}`, `$.disks[*]` gives `$.disks`, `{[*]}` gives `{@}`; undefined for other paths. */
function findContainer(path: string): string | undefined {
  const match = LAST_WILDCARD.exec(path.trim().replace(/^\{\s*[$@]?\s*(?=\.\*|\[\*\])/, '{@'));
  const template = match?.[1];
  return template === undefined ? match?.[2] : `${template}}`;
}

function enterEntries(
  path: CompiledPath,
  from: unknown,
  enter: (element: unknown, key: string | number) => void,
): PathFailure | undefined {
  const found = path.select(from);
  if (found instanceof PathFailure) return found;
  let failure: PathFailure | undefined;
  for (const container of found) {
    if (Array.isArray(container)) for (let i = 0; i < container.length; i++) enter(container[i], i);
    else if (isFields(container)) for (const key of Object.keys(container)) enter(container[key], key);
    else if (container !== null) failure = noContainer;
  }
  return failure;
}

function isFields(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

interface Descent {
  readonly steps: readonly Step[];
  readonly depth: number;
  readonly scope: Scope;
  readonly visitor: Visitor;
}

/** As deep as the configuration has steps, not as the document nests. */
function descend(descent: Descent): void {
  const { steps, depth, scope, visitor } = descent;
  const step = steps[depth];
  if (step === undefined) {
    visitor.visit(scope);
    return;
  }
  const inner = { ...descent, depth: depth + 1 };
  const isLast = depth + 1 === steps.length;
  const failure = step(scope.element, (element, key) => {
    visitor.enter();
    scope.enter(depth + 1, element, key);
    if (isLast) visitor.visit(scope);
    else descend(inner);
  });
  if (failure !== undefined) visitor.fail(failure);
}
