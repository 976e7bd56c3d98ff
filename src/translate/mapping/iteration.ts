import { isFields } from '../../golang/values.js';
import { isQuery } from '../../jsonpath/compiler.js';
import { type CompiledPath, PathFailure, type PathShape } from '../../jsonpath/path.js';
import type { Problem } from '../../model/errors.js';
import type { MetricSpec, ValueSpec } from '../../model/module.js';
import type { Work } from '../../model/work.js';
import { describeKeys, joinPlaces, type Scope } from './scope.js';
import { type Compiling, compileStepPath } from './value-reader.js';

/** Receives what an iteration finds. */
export interface Visitor {
  /** Called for every element that a step finds, 0 for the first step. May throw to give up. */
  enter(depth: number): void;
  /** Called for every element at the end, the scope in place. */
  visit(scope: Scope): void;
  /** Called for every step that fails; 0 is the first step. */
  fail(failure: PathFailure, depth: number): void;
}

/** Where the elements of the first step are found. */
export interface Source {
  /** The document, or a part of it with some elements of one array. */
  readonly document: unknown;
  /** The index of the first of those elements. */
  readonly firstIndex: number;
  /** How many matches of the first step were found before. */
  readonly matchesBefore: number;
}

/** Goes over the elements below the document of a scope. */
export type Iteration = (scope: Scope, source: Source, visitor: Visitor) => void;

/** Receives an element of a step with its key, where keys are read. */
type EnterElement = (element: unknown, key: string | number) => void;

/** One step inwards. */
export interface Step {
  /** Hands over each element that it finds. */
  find(from: unknown, enter: EnterElement, work: Work): PathFailure | undefined;
  readonly shapes: readonly PathShape[];
  /** Whether it finds the elements of one array, each of them; their keys are its indices. */
  readonly isOneArray: boolean;
  /** Where an element is, for people: `sites[1]`. Evaluates the path again; for failures. */
  locate(from: unknown, at: { readonly ordinal: number; readonly work: Work }): string;
}

const LAST_WILDCARD = /^(\{.*[^.])(?:\.\*|\[\*\])\s*\}$|^(\$.*[^.]|\$)(?:\.\*|\[\*\])$/s;
const noContainer = new PathFailure('error', 'is neither an array nor an object, and has no elements');

/** Compiles the steps of a metric; `keySteps` are those whose keys a label or value reads. */
export function compileSteps(
  steps: MetricSpec['steps'],
  compiling: Compiling,
  keySteps: ReadonlySet<number>,
): readonly Step[] {
  return steps.map((step, i) => compileStep(step, compiling, keySteps.has(i)));
}

/** Goes through steps one inside the other. Without steps the document itself is the only element. */
export function iterateSteps(steps: readonly Step[]): Iteration {
  return (scope, source, visitor) => descend({ steps, depth: 0, scope, visitor, source });
}

/**
 * Compiles one step. Where its keys are read it finds what holds the elements, and walks that. A number or text holds
 * none: that is a failure of a template, while a query of RFC 9535 finds nothing there.
 */
export function compileStep(step: MetricSpec['steps'][number], compiling: Compiling, needsKeys: boolean): Step {
  const containerPath = findContainer(step.path);
  const quiet = { ...compiling, problems: [], pathProblems: [], queries: [] };
  const container =
    containerPath === undefined ? undefined : compileStepPath({ path: containerPath, where: step.where }, quiet);
  const path = compileStepPath(step, compiling);
  const isOneArray = container?.isSingular === true;
  const locate: Step['locate'] = (from, at) => locateElement({ path, container, ...at }, from);
  if (needsKeys && container !== undefined) {
    const isLenient = isQuery(step.path);
    const find: Step['find'] = (from, enter, work) => {
      const failure = enterEntries(container.select(from, work), enter);
      return isLenient && failure === noContainer ? undefined : failure;
    };
    return { find, shapes: path.shapes, isOneArray, locate };
  }
  if (needsKeys) {
    const message = 'gives no keys, which a label or value asks for';
    compiling.problems.push({ where: step.where, message, hint: 'let the path end in .* or [*]' });
  }
  const find: Step['find'] = (from, enter, work) => {
    const found = path.select(from, work);
    if (found instanceof PathFailure) return found;
    for (const each of found) enter(each, '');
    return undefined;
  };
  return { find, shapes: path.shapes, isOneArray, locate };
}

/** `{.disks.*}` gives `{.disks}`, `$.disks[*]` gives `$.disks`, `{[*]}` gives `{@}`; undefined for other paths. */
function findContainer(path: string): string | undefined {
  const match = LAST_WILDCARD.exec(path.trim().replace(/^\{\s*[$@]?\s*(?=\.\*|\[\*\])/, '{@'));
  const template = match?.[1];
  return template === undefined ? match?.[2] : `${template}}`;
}

function enterEntries(found: readonly unknown[] | PathFailure, enter: EnterElement): PathFailure | undefined {
  if (found instanceof PathFailure) return found;
  let failure: PathFailure | undefined;
  for (const container of found) {
    if (Array.isArray(container)) for (let i = 0; i < container.length; i++) enter(container[i], i);
    else if (isFields(container)) for (const key of Object.keys(container)) enter(container[key], key);
    else if (container !== null) failure = noContainer;
  }
  return failure;
}

interface Descent {
  readonly steps: readonly Step[];
  readonly depth: number;
  readonly scope: Scope;
  readonly visitor: Visitor;
  readonly source: Source;
}

/** As deep as the configuration has steps, not as the document nests. */
function descend(descent: Descent): void {
  const { steps, depth, scope, visitor, source } = descent;
  const step = steps[depth];
  if (step === undefined) {
    visitor.visit(scope);
    return;
  }
  const inner = { ...descent, depth: depth + 1 };
  const isLast = depth + 1 === steps.length;
  const firstKey = depth === 0 && step.isOneArray ? source.firstIndex : 0;
  let ordinal = depth === 0 && !step.isOneArray ? source.matchesBefore : firstKey;
  const enter: EnterElement = (element, key) => {
    visitor.enter(depth);
    scope.enter(depth + 1, element, typeof key === 'number' ? key + firstKey : key, ordinal++);
    if (isLast) visitor.visit(scope);
    else descend(inner);
  };
  const failure = step.find(depth === 0 ? source.document : scope.element, enter, scope.work);
  if (failure !== undefined) visitor.fail(failure, depth);
}

const MAX_SHOWN_KEY = 40;

/** An element of an array by its index, of an object by its key; of any other path by which match it is. */
function locateElement(
  {
    path,
    container,
    ordinal,
    work,
  }: {
    readonly path: CompiledPath;
    readonly container: CompiledPath | undefined;
    readonly ordinal: number;
    readonly work: Work;
  },
  from: unknown,
): string {
  if (path.isSingular) return describeKeys(path.shapes[0]?.keys ?? []);
  if (container?.isSingular !== true) return `match ${ordinal + 1} of ${path.source}`;
  const place = describeKeys(container.shapes[0]?.keys ?? []);
  const found = container.select(from, work);
  const fields = found instanceof PathFailure ? undefined : found[0];
  const key = isFields(fields) ? Object.keys(fields)[ordinal] : undefined;
  return key === undefined ? `${place}[${ordinal}]` : joinPlaces(place, key.slice(0, MAX_SHOWN_KEY));
}

/** Where the element of a scope is that many levels up: `sites[1].disks[0]`; nothing for the document. */
export function locateScope(scope: Scope, steps: readonly Step[], levelsUp: number): string {
  const depth = Math.max(0, scope.depth - levelsUp);
  let place = '';
  for (let i = 0; i < Math.min(depth, steps.length); i++) {
    const inner =
      steps[i]?.locate(scope.elementAtDepth(i), { ordinal: scope.ordinalAt(i + 1), work: scope.work }) ?? '';
    place = joinPlaces(place, inner);
  }
  return place;
}

/**
 * The steps, from 0, whose keys some of these values read (as `readsKey` knows of expressions), in a metric that goes so
 * many steps inwards. Values that look further up than there are levels are problems.
 */
export function findKeySteps(
  values: readonly (ValueSpec | undefined)[],
  context: {
    readonly stepCount: number;
    readonly problems: Problem[];
    readonly readsKey: (value: ValueSpec) => boolean;
  },
): ReadonlySet<number> {
  const { stepCount, problems, readsKey } = context;
  const keySteps = new Set<number>();
  for (const value of values) {
    if (value === undefined) continue;
    const isAtIndex = value.isAtIndex;
    const step = stepCount - 1 - (isAtIndex ? 0 : value.levelsUp);
    const needsKey = value.isKey || isAtIndex || readsKey(value);
    if (needsKey && step < 0) {
      const message = 'asks for the key of the whole document, which has none';
      problems.push({ where: value.where, message, hint: 'a key goes with a path that leads to elements' });
    } else if (step < -1 && value.levelsUp !== Number.POSITIVE_INFINITY) {
      const levels = stepCount === 1 ? 'one level' : `${stepCount} levels`;
      const message = `looks ${value.levelsUp} levels up, and the metric is ${levels} deep`;
      problems.push({ where: value.where, message, hint: 'from: root is the document' });
    } else if (needsKey) keySteps.add(step);
  }
  return keySteps;
}
