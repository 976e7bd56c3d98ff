import { parseGoFloat, parseGoInt } from '../../golang/number.js';
import { unquote } from '../../golang/quote.js';
import { GoInt } from '../../golang/values.js';
import { parseBrackets } from './brackets.js';
import { parseFilter } from './filter.js';
import type { ListNode, TemplateNode } from './nodes.js';
import {
  END,
  isAlphanumeric,
  isDigit,
  isEndOfLine,
  isTerminator,
  type ScannedText,
  TemplateScanner,
} from './scanner.js';

/**
 * Reads a template of the Kubernetes JSONPath language, in the grammar of k8s.io/client-go/util/jsonpath, oddities
 * included. Throws PathSyntaxError and nothing else. Iterative: its stack does not grow with the template.
 */
export function parseTemplate(source: string): readonly TemplateNode[] {
  return parseText({ input: source, offset: 0, source });
}

/** Reads what stands inside braces. Text behind a closing brace in it is parsed and then left out, as in Go. */
function parseBlock(text: ScannedText): ListNode {
  const [first] = parseText(text);
  return first?.type === 'list' ? first : { type: 'list', nodes: [] };
}

function parseText(text: ScannedText): TemplateNode[] {
  const scanner = new TemplateScanner(text);
  const nodes: TemplateNode[] = [];
  for (;;) {
    const hasBlock = scanner.skipTo('{');
    const literal = scanner.take();
    if (literal !== '') nodes.push({ type: 'text', text: literal });
    if (!hasBlock) return nodes;
    scanner.skip(1);
    scanner.take();
    nodes.push({ type: 'list', nodes: readBlock(scanner) });
  }
}

function readBlock(scanner: TemplateScanner): TemplateNode[] {
  const nodes: TemplateNode[] = [];
  while (!scanner.startsWith('}')) {
    if (scanner.startsWith('[?(')) nodes.push(parseFilter(scanner, parseBlock));
    else if (scanner.startsWith('..')) nodes.push(...readDescent(scanner, nodes));
    else nodes.push(...readStep(scanner));
  }
  scanner.skip(1);
  scanner.take();
  return nodes;
}

function readStep(scanner: TemplateScanner): readonly TemplateNode[] {
  const character = scanner.next();
  if (character === END || isEndOfLine(character)) throw scanner.errorBehind('a block is not closed');
  if (character === ' ' || character === '@' || character === '$') {
    scanner.take();
    return [];
  }
  if (character === '[') return parseBrackets(scanner, parseBlock);
  if (character === '"' || character === "'") return [readQuoted(scanner, character)];
  if (character === '.') return [readField(scanner)];
  if (character === '+' || character === '-' || isDigit(character)) return [readNumber(scanner)];
  if (isAlphanumeric(character)) return [readWord(scanner)];
  throw scanner.errorBehind(`unrecognized character ${JSON.stringify(character)} in a block`);
}

function readDescent(scanner: TemplateScanner, before: readonly TemplateNode[]): readonly TemplateNode[] {
  if (before.at(-1)?.type === 'recursive') throw scanner.error('one recursive descent right after another');
  scanner.skip(2);
  scanner.take();
  const descent: TemplateNode = { type: 'recursive' };
  return isAlphanumeric(scanner.peek()) ? [descent, readField(scanner)] : [descent];
}

function readField(scanner: TemplateScanner): TemplateNode {
  scanner.take();
  for (;;) {
    const character = scanner.next();
    if (character === '\\') {
      scanner.next();
    } else if (isTerminator(character)) {
      scanner.backup();
      break;
    }
  }
  const name = scanner.take();
  return name === '*' ? { type: 'wildcard' } : { type: 'field', name: name.replaceAll('\\', '') };
}

function readQuoted(scanner: TemplateScanner, quote: string): TemplateNode {
  const start = scanner.sourceStart;
  for (;;) {
    const character = scanner.next();
    if (character === END || character === '\n') throw scanner.error('a quoted text is not closed', start);
    if (character === quote && !scanner.isEscaped()) break;
  }
  const text = unquote(scanner.take());
  if (text === undefined) throw scanner.error('a quoted text with an escape that does not exist', start);
  return { type: 'text', text };
}

function readNumber(scanner: TemplateScanner): TemplateNode {
  const start = scanner.sourceStart;
  let character: string;
  do {
    character = scanner.next();
  } while (character === '.' || isDigit(character));
  scanner.backup();
  const text = scanner.take();
  const integer = parseGoInt(text);
  if (integer !== undefined) return { type: 'constant', value: new GoInt(integer) };
  const float = parseGoFloat(text);
  if (float === undefined) throw scanner.error(`${text} is not a number`, start);
  return { type: 'constant', value: float };
}

function readWord(scanner: TemplateScanner): TemplateNode {
  while (!isTerminator(scanner.next())) {
    // Everything up to a terminator belongs to the word.
  }
  scanner.backup();
  const word = scanner.take();
  if (word === 'true' || word === 'false') return { type: 'constant', value: word === 'true' };
  return { type: 'identifier', name: word };
}
