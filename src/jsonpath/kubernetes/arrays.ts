import { describeValue, EvaluationError } from '../evaluation-error.js';
import type { ArrayNode } from './nodes.js';

/** What `[0]`, `[1:2]` and `[*]` pick from the arrays of the input. A null has no elements; everything else is an error. */
export function sliceArrays(input: readonly unknown[], node: ArrayNode): readonly unknown[] | EvaluationError {
  const found: unknown[] = [];
  for (const value of input) {
    if (value === null) continue;
    if (!Array.isArray(value))
      return new EvaluationError(`${describeValue(value)} is not an array`, { leftMatches: true });
    const { start, end } = resolveBounds(node, value.length);
    // Go asks for nothing here and forgets the inputs that follow.
    if (start === end) return found;
    const problem = checkBounds({ start, end }, value.length) ?? checkStep(node.step);
    if (problem !== undefined) return new EvaluationError(problem, { leftMatches: true });
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

function checkBounds(bounds: Bounds, length: number): string | undefined {
  const { start, end } = bounds;
  if (start < 0 || start >= length) return `array index out of bounds: index ${start}`;
  if (end < 0 || end > length) return `array index out of bounds: index ${end - 1}`;
  return start > end ? `starting index ${start} is greater than ending index ${end}` : undefined;
}

function checkStep(step: number | undefined): string | undefined {
  return step !== undefined && step <= 0 ? 'step must be > 0' : undefined;
}
