import { isFields } from '../../golang/values.js';
import type { CompiledPath, PathFailure } from '../../jsonpath/path.js';
import { locateScope, type Step } from './iteration.js';
import { describeKeys, joinPlaces, type Scope } from './scope.js';
import type { ValuePlace } from './value-reader.js';

const MAX_NOTES = 5;

interface Note {
  readonly text: string;
  count: number;
}

/** Why samples of a metric are missing, for the debug view: each kind of failure once, with where it was first. */
export class FailureNotes {
  readonly #steps: readonly Step[];
  readonly #notes = new Map<string, Note>();

  constructor(steps: readonly Step[]) {
    this.#steps = steps;
  }

  /** Notes the failure of a value, by what it is for: a family, `label site`, `timestamp`. */
  add(what: string, failure: PathFailure, at: { readonly scope: Scope; readonly place: ValuePlace | undefined }): void {
    this.#note(what, failure, () => explainValue(failure, at, this.#steps));
  }

  /** Notes the failure of a step. */
  addStep(failure: PathFailure, depth: number, scope: Scope): void {
    this.#note('path', failure, () => {
      const place = locateScope(scope, this.#steps, 0);
      const source = depth === 0 ? '' : place;
      return source === '' ? failure.message : `${source}: ${failure.message}`;
    });
  }

  get texts(): readonly string[] {
    return [...this.#notes.values()].map(({ text, count }) => (count === 1 ? text : `${text}, and ${count - 1} more`));
  }

  #note(what: string, failure: PathFailure, explain: () => string): void {
    const kind = `${what}: ${failure.message}`;
    const known = this.#notes.get(kind);
    if (known !== undefined) known.count++;
    else if (this.#notes.size < MAX_NOTES) this.#notes.set(kind, { text: `${what}: ${explain()}`, count: 1 });
  }
}

/** Where the value was looked for, and what is there. */
function explainValue(
  failure: PathFailure,
  { scope, place }: { readonly scope: Scope; readonly place: ValuePlace | undefined },
  steps: readonly Step[],
): string {
  const levelsUp = place?.levelsUp ?? 0;
  const element = locateScope(scope, steps, levelsUp);
  const path = place?.path;
  if (path === undefined) return element === '' ? failure.message : `${element}: ${failure.message}`;
  const walked = path.isSingular ? walk(scope.elementAt(levelsUp), path) : undefined;
  if (walked === undefined) return `${element === '' ? '' : `${element}, `}${path.source}: ${failure.message}`;
  const target = joinPlaces(element, describeKeys(walked.keys));
  const name = target === '' ? 'the document' : target;
  if (!walked.isFound) return `${name} not found`;
  return `${name} ${describeFound(walked.value, failure)}`;
}

interface Walked {
  /** Those that lead somewhere, and the first one that does not. */
  readonly keys: readonly (string | number)[];
  readonly isFound: boolean;
  readonly value: unknown;
}

/** As far as the keys of a path lead. */
function walk(from: unknown, { shapes }: CompiledPath): Walked {
  const keys = shapes[0]?.keys ?? [];
  let value = from;
  for (const [i, key] of keys.entries()) {
    const next = step(value, key);
    if (next === undefined) return { keys: keys.slice(0, i + 1), isFound: false, value };
    value = next;
  }
  return { keys, isFound: true, value };
}

function step(value: unknown, key: string | number): unknown {
  if (typeof key === 'number') return Array.isArray(value) ? value.at(key) : undefined;
  return isFields(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

/** What was found, without a word of it: a document may hold secrets. */
function describeFound(value: unknown, failure: PathFailure): string {
  if (value === null) return 'is null';
  const reason = failure.message.replace(/^the text is /, '');
  if (Array.isArray(value)) return `is an array of ${value.length}: ${reason}`;
  if (typeof value === 'object') return `is an object: ${reason}`;
  if (value === '') return `is an empty text: ${reason}`;
  return `is a ${typeof value === 'string' ? 'text' : typeof value}: ${reason}`;
}
