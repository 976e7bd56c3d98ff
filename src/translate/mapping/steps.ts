import type { MetricSpec } from '../../model/module.js';
import { type CompiledPath, PathFailure } from './path/path.js';
import { Scope } from './scope.js';
import { type Compiling, compileStepPath } from './value-reader.js';

/** Whom an iteration tells: of every element, the scope in place, and of every step that finds none. */
export interface Visitor {
  visit(scope: Scope): void;
  fail(failure: PathFailure): void;
}

export type Iteration = (document: unknown, visitor: Visitor) => void;

interface Step {
  /** Finds the elements without their keys. */
  readonly elements: CompiledPath;
  /** Finds what holds them, for their keys; undefined where the path does not end in `.*` or `[*]`. */
  readonly container: CompiledPath | undefined;
}

const LAST_WILDCARD = /^(\{.*)(?:\.\*|\[\*\])\s*\}$|^(\$.*)(?:\.\*|\[\*\])$/s;

/** Compiles the steps of a metric; `needsKeys` where a label or value asks for the key of an element. */
export function compileSteps(spec: MetricSpec, compiling: Compiling, needsKeys: boolean): Iteration {
  const steps = spec.steps.map((step) => {
    const compile = (path: string) => compileStepPath({ path, where: step.where }, compiling);
    const container = needsKeys ? findContainer(step.path) : undefined;
    return { elements: compile(step.path), container: container === undefined ? undefined : compile(container) };
  });
  if (needsKeys && steps.every((step) => step.container === undefined)) {
    const message = 'asks for the key of an element, which only a path that ends in .* or [*] gives';
    compiling.problems.push({ where: spec.where, message });
  }
  return (document, visitor) => descend({ steps, depth: 0, scope: new Scope(document), visitor });
}

/** `{.disks.*}` gives `{.disks}`, `$.disks[*]` gives `$.disks`, `{[*]}` gives `{@}`. */
function findContainer(path: string): string | undefined {
  const match = LAST_WILDCARD.exec(path.trim());
  const template = match?.[1];
  if (template !== undefined) return /^\{\s*[$@]?\s*$/.test(template) ? '{@}' : `${template}}`;
  return match?.[2];
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
  const enter = (element: unknown, key: string) => {
    scope.enter(depth + 1, element, key);
    if (isLast) visitor.visit(scope);
    else descend(inner);
  };
  const found = (step.container ?? step.elements).select(scope.element);
  if (found instanceof PathFailure) {
    visitor.fail(found);
    return;
  }
  for (const each of found) {
    if (step.container === undefined) enter(each, '');
    else forEachEntry(each, enter);
  }
}

function forEachEntry(container: unknown, enter: (element: unknown, key: string) => void): void {
  if (typeof container !== 'object' || container === null) return;
  for (const [key, element] of Object.entries(container)) enter(element, key);
}
