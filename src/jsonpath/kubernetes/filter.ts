import type { FilterNode } from './nodes.js';
import { END, type ParseBlock, type TemplateScanner } from './scanner.js';

const OPENING = '[?(';

/** One comparison: the shortest right side would do, but the text ends with it. Go's `.` stops at line feeds only. */
const COMPARISON = /^([^!<>=]+)([!<>=]+)([^\n]+?)$/;

/** Reads a filter from `[?(` to `)]`. There is one comparison, or none, in it; both sides are blocks of their own. */
export function parseFilter(scanner: TemplateScanner, parseBlock: ParseBlock): FilterNode {
  const opened = scanner.sourceStart;
  scanner.skip(OPENING.length);
  scanner.take();
  const start = scanner.sourceStart;
  skipToClosing(scanner, opened);
  if (scanner.next() !== ']') throw scanner.errorBehind('a filter must end with )]');
  const text = scanner.take().slice(0, -2);
  const match = COMPARISON.exec(text);
  if (match === null) {
    const left = parseBlock(scanner.block(text, start));
    return { type: 'filter', left, right: { type: 'list', nodes: [] }, operator: 'exists' };
  }
  const [, left = '', operator = '', right = ''] = match;
  const rightStart = start + left.length + operator.length;
  return {
    type: 'filter',
    left: parseBlock(scanner.block(left, start)),
    right: parseBlock(scanner.block(right, rightStart)),
    operator,
  };
}

/** Up to the first `)` that is not between the first quote and the next unescaped one of its kind. */
function skipToClosing(scanner: TemplateScanner, opened: number): void {
  let quote: string | undefined;
  let isClosed = false;
  for (;;) {
    const character = scanner.next();
    if (character === END || character === '\n') throw scanner.error('a filter is not closed', opened);
    if (character === '"' || character === "'") {
      if (quote === undefined) quote = character;
      else if (character === quote && !scanner.isEscaped()) isClosed = true;
    } else if (character === ')' && (quote === undefined || isClosed)) {
      return;
    }
  }
}
