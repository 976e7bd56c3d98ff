import { RE2JS } from 're2js';
import type { Budget } from './budget.js';
import { EvaluationError } from './values.js';

const MAX_LENGTH = 1000;
const MAX_CACHED = 32;

/** Compiling takes about so much per character; repetitions make programs that are far longer than their pattern. */
const COMPILE_UNITS = 3000;
const REPETITION_FACTOR = 10;

/** Instructions of the program, for one character each, that cost as much as one node. */
const STEPS_PER_UNIT = 4;

/** Tests a text. Linear in the text and the pattern, which it charges for. */
export type Pattern = (text: string, budget: Budget) => boolean;

const noPattern = new EvaluationError('the pattern of matches() is not a regular expression of RE2');

/** Compiles a pattern, which may match anywhere in a text. Throws where RE2 does not take it. */
export function compilePattern(source: string): Pattern {
  const compiled = RE2JS.compile(source);
  const size = compiled.programSize();
  return (text, budget) => {
    budget.charge(1 + Math.ceil((text.length * size) / STEPS_PER_UNIT));
    return compiled.test(text);
  };
}

/** Finds the pattern for a text of the document, or why there is none. */
export type PatternCache = (source: string, budget: Budget) => Pattern | EvaluationError;

/** Compiles patterns as they come, and remembers the last few. */
export function createPatternCache(): PatternCache {
  const cache = new Map<string, Pattern | EvaluationError>();
  return (source, budget) => {
    const known = cache.get(source);
    if (known !== undefined) return known;
    if (source.length > MAX_LENGTH) return noPattern;
    budget.charge(source.length * COMPILE_UNITS * (source.includes('{') ? REPETITION_FACTOR : 1));
    if (cache.size >= MAX_CACHED) cache.clear();
    const compiled = tryCompile(source);
    cache.set(source, compiled);
    return compiled;
  };
}

function tryCompile(source: string): Pattern | EvaluationError {
  try {
    return compilePattern(source);
  } catch {
    return noPattern;
  }
}
