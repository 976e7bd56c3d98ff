import { GoInt, isFields, noValue, ownField } from '../../golang/values.js';
import type { Work } from '../../model/work.js';
import { describeValue, EvaluationError } from '../matches.js';
import type { PathOptions } from '../path.js';
import { compareValues } from './comparison.js';
import type { ArrayNode, FieldNode, FilterNode, IdentifierNode, ListNode, TemplateNode, UnionNode } from './nodes.js';

type Nodes = readonly unknown[];

/** Matches of all steps together. A path that needs more multiplies a document that is large. */
const MAX_MATCHES = 10_000_000;

/** Turns of all loops together: ranges without an end multiply each other. */
const MAX_TURNS = 1_000_000;
const MAX_LOOP_DEPTH = 64;

const tooManyMatches = new EvaluationError('too many matches', { leftMatches: true, isLimit: true });

/** A template, compiled, and how it is read. */
export interface TemplateProgram {
  readonly nodes: readonly TemplateNode[];
  readonly options: PathOptions;
}

/**
 * One evaluation of one template over one document, by the rules of k8s.io/client-go/util/jsonpath. The counters of its
 * loops are kept as it keeps them, so that an `end` without `range`, a `range` without `end` and both inside filters
 * come out the same. Own fields only; objects are walked in the order of the document. Never throws.
 */
export class TemplateEvaluation {
  readonly #nodes: readonly TemplateNode[];
  readonly #options: PathOptions;
  readonly #work: Work;
  readonly #lists: Nodes[] = [];
  #matches = 0;
  #turns = 0;
  #beginRange = 0;
  #inRange = 0;
  #endRange = 0;
  #lastEnd = -1;

  constructor({ nodes, options }: TemplateProgram, work: Work) {
    this.#nodes = nodes;
    this.#options = options;
    this.#work = work;
  }

  /** The matches of each text and block, in the order in which they print. */
  evaluate(document: unknown): readonly Nodes[] | EvaluationError {
    return this.#evaluateFrom(0, document) ?? this.#lists;
  }

  #evaluateFrom(first: number, root: unknown): EvaluationError | undefined {
    if (this.#inRange > MAX_LOOP_DEPTH)
      return new EvaluationError('ranges nest too deep', { leftMatches: false, isLimit: true });
    this.#work.spend(1);
    if (++this.#turns > MAX_TURNS)
      return new EvaluationError('too many turns of a range', { leftMatches: false, isLimit: true });
    const input = [root === null ? noValue : root];
    for (let i = first; i < this.#nodes.length; i++) {
      const matches = this.#walk(input, this.#nodes[i]);
      if (matches instanceof EvaluationError) return matches;
      if (this.#endRange > 0 && this.#endRange <= this.#inRange) {
        this.#endRange--;
        this.#lastEnd = i;
        return undefined;
      }
      if (this.#beginRange > 0) {
        const halt = this.#loop(i + 1, matches);
        if (halt !== undefined) return halt;
        if (this.#lastEnd > i) i = this.#lastEnd;
      } else {
        this.#lists.push(matches);
      }
    }
    return undefined;
  }

  /** Renders what follows a `range` once for each match; for no match once into nothing, to find the `end`. */
  #loop(first: number, matches: Nodes): EvaluationError | undefined {
    this.#beginRange--;
    this.#inRange++;
    if (matches.length === 0) {
      const { length } = this.#lists;
      const halt = this.#evaluateFrom(first, noValue);
      if (halt !== undefined) return halt;
      this.#lists.length = length;
    }
    for (const match of matches) {
      if (match === noValue) return new EvaluationError('a range over a document that is null', { leftMatches: false });
      const halt = this.#evaluateFrom(first, match);
      if (halt !== undefined) return halt;
    }
    this.#inRange--;
    return undefined;
  }

  #walk(input: Nodes, node: TemplateNode | undefined): Nodes | EvaluationError {
    const matches = this.#step(input, node);
    if (matches instanceof EvaluationError) return matches;
    this.#work.spend(matches.length);
    this.#matches += matches.length;
    return this.#matches > MAX_MATCHES ? tooManyMatches : matches;
  }

  #step(input: Nodes, node: TemplateNode | undefined): Nodes | EvaluationError {
    switch (node?.type) {
      case 'list':
        return this.#walkList(input, node);
      case 'text':
        return [node.text];
      case 'constant':
        return input.map(() => node.value);
      case 'field':
        return this.#findField(input, node);
      case 'array':
        return sliceArrays(input, node);
      case 'wildcard':
        return findChildren(input);
      case 'recursive':
        return this.#descend(input);
      case 'union':
        return this.#unite(input, node);
      case 'filter':
        return this.#filter(input, node);
      case 'identifier':
        return this.#obey(input, node);
      case undefined:
        return [];
    }
  }

  #walkList(input: Nodes, list: ListNode): Nodes | EvaluationError {
    let matches = input;
    for (const node of list.nodes) {
      const next = this.#walk(matches, node);
      if (next instanceof EvaluationError) return next;
      matches = next;
    }
    return matches;
  }

  #findField(input: Nodes, node: FieldNode): Nodes | EvaluationError {
    if (input.length === 0) return input;
    const found: unknown[] = [];
    for (const value of input) {
      if (!isFields(value)) continue;
      const field = ownField(value, node.name);
      if (field !== undefined) found.push(field);
    }
    if (found.length > 0 || this.#options.allowMissingKey) return found;
    return new EvaluationError(`${node.name} is not found`, { isMissing: true, leftMatches: false });
  }

  /** The containers and texts below the input that are not empty, each before what it holds. */
  #descend(input: Nodes): Nodes | EvaluationError {
    const found: unknown[] = [];
    const pending = input.toReversed();
    while (pending.length > 0) {
      const value = pending.pop();
      this.#work.spend(1);
      if (!hasChildren(value)) continue;
      found.push(value);
      if (this.#matches + found.length > MAX_MATCHES) return tooManyMatches;
      if (typeof value === 'object') pushChildren(pending, value);
    }
    return found;
  }

  #unite(input: Nodes, node: UnionNode): Nodes | EvaluationError {
    const united: unknown[] = [];
    for (const list of node.lists) {
      const matches = this.#walkList(input, list);
      if (matches instanceof EvaluationError) {
        const { message, isMissing, isAbsent, isLimit } = matches;
        return new EvaluationError(message, { isMissing, isAbsent, isLimit, leftMatches: input.length > 0 });
      }
      for (const match of matches) united.push(match);
    }
    return united;
  }

  #filter(input: Nodes, node: FilterNode): Nodes | EvaluationError {
    const kept: unknown[] = [];
    for (const value of input) {
      if (!Array.isArray(value)) {
        return new EvaluationError(`${describeValue(value)} is not an array and cannot be filtered`, {
          leftMatches: true,
        });
      }
      this.#work.spend(value.length);
      for (const element of value) {
        const passes = node.operator === 'exists' ? this.#exists(element, node) : this.#compares(element, node);
        if (typeof passes === 'string') return new EvaluationError(passes, { leftMatches: true });
        if (typeof passes === 'object') return new EvaluationError(passes.problem, { leftMatches: kept.length > 0 });
        if (passes) kept.push(element);
      }
    }
    return kept;
  }

  #exists(element: unknown, node: FilterNode): boolean {
    const matches = this.#walkList([element], node.left);
    return matches instanceof EvaluationError ? matches.leftMatches : matches.length > 0;
  }

  /** Text for a side that failed, a problem for sides that cannot be compared. */
  #compares(element: unknown, node: FilterNode): boolean | string | { readonly problem: string } {
    const lefts = this.#walkList([element], node.left);
    if (lefts instanceof EvaluationError) return lefts.message;
    if (lefts.length === 0) return false;
    if (lefts.length > 1) return 'can only compare one element at a time';
    const rights = this.#walkList([element], node.right);
    if (rights instanceof EvaluationError) return rights.message;
    if (rights.length === 0) return false;
    if (rights.length > 1) return 'can only compare one element at a time';
    const { strictNumbers } = this.#options;
    return compareValues({ operator: node.operator, strictNumbers }, [lefts[0], rights[0]]);
  }

  #obey(input: Nodes, node: IdentifierNode): Nodes | EvaluationError {
    if (node.name === 'range') {
      this.#beginRange++;
      return input;
    }
    if (node.name !== 'end') {
      return new EvaluationError(`unrecognized identifier ${node.name}`, { leftMatches: input.length > 0 });
    }
    if (this.#inRange === 0) return new EvaluationError('not in range, nothing to end', { leftMatches: false });
    this.#endRange++;
    return [];
  }
}

/** What `[0]`, `[1:2]` and `[*]` pick from the arrays of the input. A null has no elements; everything else is an error. */
function sliceArrays(input: readonly unknown[], node: ArrayNode): readonly unknown[] | EvaluationError {
  const found: unknown[] = [];
  for (const value of input) {
    if (value === null) continue;
    if (!Array.isArray(value))
      return new EvaluationError(`${describeValue(value)} is not an array`, { leftMatches: true });
    const { start, end } = resolveBounds(node, value.length);
    // Go asks for nothing here and forgets the inputs that follow.
    if (start === end) return found;
    const problem = checkBounds({ start, end }, value.length) ?? checkStep(node.step);
    if (problem !== undefined)
      return new EvaluationError(problem.message, { isAbsent: problem.isAbsent, leftMatches: true });
    for (let i = start; i < end; i += node.step ?? 1) found.push(value[i]);
  }
  return found;
}

interface Bounds {
  readonly start: number;
  readonly end: number;
}

function resolveBounds(node: ArrayNode, length: number): Bounds {
  const start = node.start ?? 0;
  const end = node.isIndex ? start + 1 : (node.end ?? length);
  const isFromEnd = end < 0 || (end === 0 && node.isIndex);
  return { start: start < 0 ? start + length : start, end: isFromEnd ? end + length : end };
}

interface BoundsProblem {
  readonly message: string;
  readonly isAbsent: boolean;
}

function checkBounds(bounds: Bounds, length: number): BoundsProblem | undefined {
  const { start, end } = bounds;
  if (start < 0 || start >= length) return outOfBounds(start);
  if (end < 0 || end > length) return outOfBounds(end - 1);
  if (start <= end) return undefined;
  return { message: `starting index ${start} is greater than ending index ${end}`, isAbsent: false };
}

function outOfBounds(index: number): BoundsProblem {
  return { message: `array index out of bounds: index ${index}`, isAbsent: true };
}

function checkStep(step: number | undefined): BoundsProblem | undefined {
  return step !== undefined && step <= 0 ? { message: 'step must be > 0', isAbsent: false } : undefined;
}

/** The bytes of a text, as `.*` gives them. Shared: a text of a megabyte has a million. */
const byteValues = Array.from({ length: 256 }, (_, byte) => new GoInt(BigInt(byte)));

/** What `.*` picks: the elements of arrays, the fields of objects, the bytes of texts. */
function findChildren(input: readonly unknown[]): readonly unknown[] {
  const found: unknown[] = [];
  for (const value of input) {
    if (typeof value === 'string') {
      for (const byte of Buffer.from(value)) found.push(byteValues[byte]);
    } else if (Array.isArray(value)) {
      for (const element of value) found.push(element);
    } else if (isFields(value)) {
      for (const key of Object.keys(value)) found.push(value[key]);
    }
  }
  return found;
}

/** Whether `.*` would pick anything from a value. */
function hasChildren(value: unknown): boolean {
  if (typeof value === 'string' || Array.isArray(value)) return value.length > 0;
  return isFields(value) && Object.keys(value).length > 0;
}

/** Adds the children that may have children themselves, last child first: the caller takes them from the end. */
function pushChildren(pending: unknown[], value: unknown): void {
  if (Array.isArray(value)) {
    for (let i = value.length - 1; i >= 0; i--) if (mayHaveChildren(value[i])) pending.push(value[i]);
  } else if (isFields(value)) {
    for (const key of Object.keys(value).reverse()) if (mayHaveChildren(value[key])) pending.push(value[key]);
  }
}

function mayHaveChildren(value: unknown): boolean {
  return typeof value === 'object' || typeof value === 'string';
}
