import { Budget } from '../cel/budget.js';
import { listOf, mapOf, string, type Type } from '../cel/types.js';
import type { ResponseFacts } from '../model/ports.js';

/** The type of `params` and `headers`: lists of texts by name. */
export const textLists: Type = mapOf(string, listOf(string));

/** A budget for a document of so many bytes, which ends with the time of the scrape. */
function createBudget(bytes: number, response: ResponseFacts | undefined): Budget {
  if (response === undefined) return new Budget({ bytes, isLate: () => false });
  const endMs = performance.now() + response.timeLeftMs;
  return new Budget({ bytes, isLate: () => performance.now() > endMs });
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
}

/** The context of one scrape with a document of so many bytes. */
export function createRunContext(bytes: number, response: ResponseFacts | undefined): RunContext {
  return {
    response,
    params: response?.params ?? {},
    headers: groupHeaders(response),
    budget: createBudget(bytes, response),
  };
}
