import { Budget } from '../cel/budget.js';
import { listOf, mapOf, string, type Type } from '../cel/types.js';
import type { ResponseFacts } from '../model/ports.js';
import type { Work } from '../model/work.js';

/** The type of `params` and `headers`: lists of texts by name. */
export const textLists: Type = mapOf(string, listOf(string));

/** What a unit of an expression costs in units of work. */
const WORK_PER_UNIT = 2;

/** What the expressions of one scrape are about, and what they may cost. */
export interface RunFacts {
  /** Of the document. */
  readonly bytes: number;
  readonly response: ResponseFacts | undefined;
  readonly work: Work;
}

/** A budget for a document, which ends with the time of the scrape. */
function createBudget({ bytes, response, work }: RunFacts): Budget {
  const endMs = response === undefined ? Number.POSITIVE_INFINITY : performance.now() + response.timeLeftMs;
  return new Budget({
    bytes,
    isLate: (units) => {
      work.spend(units * WORK_PER_UNIT);
      return performance.now() > endMs;
    },
  });
}

/** The values of each header by its name in lower case. */
function groupHeaders(response: ResponseFacts | undefined): Readonly<Record<string, readonly string[]>> {
  const grouped = new Map<string, string[]>();
  for (const [name, value] of response?.headers ?? []) {
    const values = grouped.get(name.toLowerCase());
    if (values === undefined) grouped.set(name.toLowerCase(), [value]);
    else values.push(value);
  }
  return Object.fromEntries(grouped);
}

/** What the expressions of one scrape share, and what values are read from besides the document. */
export interface RunContext {
  readonly response: ResponseFacts | undefined;
  readonly params: ResponseFacts['params'];
  readonly headers: ReturnType<typeof groupHeaders>;
  readonly budget: Budget;
  readonly work: Work;
}

/** The context of one scrape. */
export function createRunContext(facts: RunFacts): RunContext {
  const { response, work } = facts;
  return {
    response,
    params: response?.params ?? {},
    headers: groupHeaders(response),
    budget: createBudget(facts),
    work,
  };
}
