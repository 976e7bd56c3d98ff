import { GoInt, noValue } from '../golang/values.js';

/** Why an evaluation stopped. A filter that only asks whether something is there goes by `leftMatches`, as in Go. */
export class EvaluationError {
  readonly message: string;
  /** Whether a field was not there. */
  readonly isMissing: boolean;
  /** Whether the failing step handed matches back beside its error. */
  readonly leftMatches: boolean;

  constructor(message: string, facts: { readonly isMissing?: boolean; readonly leftMatches: boolean }) {
    this.message = message;
    this.isMissing = facts.isMissing ?? false;
    this.leftMatches = facts.leftMatches;
  }
}

/** What a value is, for a message that must not quote the document. */
export function describeValue(value: unknown): string {
  if (value === noValue || value === null) return 'null';
  if (value instanceof GoInt) return 'a number';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
