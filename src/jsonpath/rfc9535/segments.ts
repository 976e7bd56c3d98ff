import { type JSONPathQuery, jsonpath } from 'json-p3';
import { isFields, ownField } from '../../golang/values.js';
import { FilterCompiler, type Predicate } from './filter.js';
import type { QueryRun } from './regexp.js';
import { isDescendant } from './singular.js';

const { selectors } = jsonpath;

type Segment = jsonpath.JSONPathSegment;

/** Gives what a part of a query matches below the nodes before it. */
export type Step = (nodes: readonly unknown[], run: QueryRun) => readonly unknown[];

/** Adds what one selector picks from one value. */
type Select = (value: unknown, matches: Matches) => void;

class Matches {
  readonly list: unknown[] = [];
  readonly run: QueryRun;

  constructor(run: QueryRun) {
    this.run = run;
  }

  add(value: unknown): void {
    this.run.countMatch();
    this.list.push(value);
  }
}

/** Makes the error for what is wrong at a token. */
export type Fail = (message: string, token: jsonpath.Token) => Error;

/** Compiles segments, filters included, to steps over lists of values. Iterative over the document, own fields only. */
export function compileSegments(segments: readonly Segment[], fail: Fail): Step[] {
  const filters = new FilterCompiler({
    fail,
    compileQuery: (query: JSONPathQuery) => {
      const steps = query.segments.map((segment) => compileSegment(segment, { filters, fail }));
      return (root, run) => runSteps(steps, { nodes: [root], run });
    },
  });
  return segments.map((segment) => compileSegment(segment, { filters, fail }));
}

interface Input {
  readonly nodes: readonly unknown[];
  readonly run: QueryRun;
}

/** What the steps match below the nodes, one step after the other. */
export function runSteps(steps: readonly Step[], { nodes, run }: Input): readonly unknown[] {
  let matched = nodes;
  for (const step of steps) matched = step(matched, run);
  return matched;
}

interface Compilers {
  readonly filters: FilterCompiler;
  readonly fail: Fail;
}

function compileSegment(segment: Segment, compilers: Compilers): Step {
  const selects = segment.selectors.map((selector) => compileSelector(selector, compilers));
  const [only] = selects;
  const select = only !== undefined && selects.length === 1 ? only : selectEach(selects);
  return isDescendant(segment) ? descend(select) : selectFromAll(select);
}

function selectEach(selects: readonly Select[]): Select {
  return (value, matches) => {
    for (const select of selects) select(value, matches);
  };
}

function selectFromAll(select: Select): Step {
  return (nodes, run) => {
    const matches = new Matches(run);
    for (const node of nodes) select(node, matches);
    return matches.list;
  };
}

/** Selects from each node and everything below it, parents before children. */
function descend(select: Select): Step {
  return (nodes, run) => {
    const matches = new Matches(run);
    const pending = nodes.toReversed();
    while (pending.length > 0) {
      const value = pending.pop();
      run.countMatch();
      select(value, matches);
      pushContainers(pending, value);
    }
    return matches.list;
  };
}

/** Last child first: the caller takes them from the end. Nothing can be selected from scalars. */
function pushContainers(pending: unknown[], value: unknown): void {
  if (Array.isArray(value)) {
    for (let i = value.length - 1; i >= 0; i--) if (typeof value[i] === 'object') pending.push(value[i]);
  } else if (isFields(value)) {
    for (const key of Object.keys(value).reverse()) if (typeof value[key] === 'object') pending.push(value[key]);
  }
}

function compileSelector(selector: jsonpath.JSONPathSelector, { filters, fail }: Compilers): Select {
  if (selector instanceof selectors.NameSelector) return selectName(selector.name);
  if (selector instanceof selectors.IndexSelector) return selectIndex(selector.index);
  if (selector instanceof selectors.WildcardSelector) return selectChildren;
  if (selector instanceof selectors.SliceSelector) return selectSlice(selector);
  if (selector instanceof selectors.FilterSelector) return selectFiltered(filters.compile(selector.expression));
  throw fail('a selector that RFC 9535 does not have', selector.token);
}

function selectName(name: string): Select {
  return (value, matches) => {
    const field = isFields(value) ? ownField(value, name) : undefined;
    if (field !== undefined) matches.add(field);
  };
}

function selectIndex(index: number): Select {
  return (value, matches) => {
    if (!Array.isArray(value)) return;
    const position = index < 0 ? index + value.length : index;
    if (position >= 0 && position < value.length) matches.add(value[position]);
  };
}

function selectChildren(value: unknown, matches: Matches): void {
  if (Array.isArray(value)) {
    for (const element of value) matches.add(element);
  } else if (isFields(value)) {
    for (const key of Object.keys(value)) matches.add(value[key]);
  }
}

function selectFiltered(predicate: Predicate): Select {
  return (value, matches) => {
    const { run } = matches;
    if (Array.isArray(value)) {
      for (const element of value) {
        run.visit();
        if (predicate(element, run)) matches.add(element);
      }
    } else if (isFields(value)) {
      for (const key of Object.keys(value)) if (predicate(value[key], run)) matches.add(value[key]);
    }
  };
}

/** RFC 9535, 2.3.4.2.2. */
function selectSlice({ start, stop, step = 1 }: jsonpath.selectors.SliceSelector): Select {
  return (value, matches) => {
    if (!Array.isArray(value) || step === 0) return;
    const { length } = value;
    const normalize = (bound: number) => (bound < 0 ? bound + length : bound);
    if (step > 0) {
      const end = clamp(normalize(stop ?? length), { min: 0, max: length });
      for (let i = clamp(normalize(start ?? 0), { min: 0, max: length }); i < end; i += step) matches.add(value[i]);
    } else {
      const end = stop === undefined ? -1 : clamp(normalize(stop), { min: -1, max: length - 1 });
      for (let i = clamp(normalize(start ?? length - 1), { min: -1, max: length - 1 }); i > end; i += step) {
        matches.add(value[i]);
      }
    }
  };
}

function clamp(value: number, { min, max }: { readonly min: number; readonly max: number }): number {
  return Math.max(min, Math.min(max, value));
}
