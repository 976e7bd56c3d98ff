import { TextSink } from '../../golang/text-sink.js';
import { GoInt, noValue } from '../../golang/values.js';
import { Work } from '../../model/work.js';
import {
  EvaluationError,
  finish,
  nullMatched,
  numberOfMatch,
  numberOfText,
  renderLists,
  writeValue,
} from '../matches.js';
import { type CompiledPath, numberTextOf, PathFailure, PathLimit, type PathOptions, type PathShape } from '../path.js';
import { createSingularPath, createTemplateSteps, nothing, type SingularSteps, walkSteps } from '../singular.js';
import { TemplateEvaluation, type TemplateProgram } from './evaluation.js';
import type { TemplateNode } from './nodes.js';
import { parseTemplate } from './parser.js';

/**
 * Compiles a template of the Kubernetes JSONPath language: literal text and blocks in braces. It behaves as in
 * json_exporter but for what `strictNumbers: false` lifts. Throws PathSyntaxError where Go's parser refuses it; what
 * Go refuses only when it evaluates (`{word}`, `{.a[3]}` of two elements) is a failure of the document asked.
 *
 * A singular block (`{.a.b[0]}`) is walked step by step, and so are those between text (`planet-{.name}`). Everything
 * else is evaluated over lists of matches.
 */
export function compileTemplate(source: string, options: PathOptions): CompiledPath {
  const nodes = parseTemplate(source);
  const parts = nodes.map(toPart);
  const [first] = parts;
  if (parts.length === 1 && typeof first === 'object') return createSingularPath(source, { steps: first, options });
  const general = createGeneralTemplate(source, { nodes, options });
  return parts.every(isSimplePart) ? createTextTemplate(general, { parts, options }) : general;
}

/** Literal text, or the steps of a singular block; undefined for a block of another kind. */
function toPart(node: TemplateNode): string | SingularSteps | undefined {
  if (node.type === 'text') return node.text;
  const keys: (string | number)[] = [];
  for (const step of node.type === 'list' ? node.nodes : [node]) {
    if (step.type === 'field') keys.push(step.name);
    else if (step.type === 'array' && step.isIndex) keys.push(step.start ?? 0);
    else return undefined;
  }
  return createTemplateSteps(keys);
}

/** The shape of each block. */
function findShapes(nodes: readonly TemplateNode[]): readonly PathShape[] {
  return nodes.filter((node) => node.type !== 'text').map(findShape);
}

function findShape(node: TemplateNode): PathShape {
  const steps = node.type === 'list' ? node.nodes : [node];
  const keys: (string | number)[] = [];
  for (const step of steps) {
    if (step.type === 'field') keys.push(step.name);
    else if (step.type === 'array' && step.isIndex) keys.push(step.start ?? 0);
    else break;
  }
  const [next, another] = steps.slice(keys.length);
  if (next === undefined) return { keys, rest: 'nothing' };
  if (another !== undefined) return { keys, rest: 'other' };
  if (next.type === 'filter') return { keys, rest: 'filter' };
  const isAll = next.type === 'array' && [next.start, next.end, next.step].every((bound) => bound === undefined);
  return { keys, rest: next.type === 'wildcard' || isAll ? 'wildcard' : 'other' };
}

function isSimplePart(part: string | SingularSteps | undefined): part is string | SingularSteps {
  return part !== undefined;
}

interface TextProgram {
  readonly parts: readonly (string | SingularSteps)[];
  readonly options: PathOptions;
}

/** A template of literal text and singular blocks. What it selects is left to the general evaluation. */
function createTextTemplate(general: CompiledPath, program: TextProgram): CompiledPath {
  const { source, shapes } = general;
  const select: CompiledPath['select'] = (document, work) => general.select(document, work);
  const render = createRenderer(program);
  if (program.parts.some((part) => typeof part !== 'string')) {
    const number: CompiledPath['number'] = (document, work) => numberOfText(render(document, work));
    return { source, isSingular: false, shapes, text: render, number, select };
  }
  // A constant of the configuration.
  const text = render(noValue, new Work(() => undefined));
  const number = numberOfText(text);
  return { source, isSingular: false, shapes, text: () => text, number: () => number, select };
}

function createRenderer({ parts, options }: TextProgram): CompiledPath['text'] {
  return (document, work) => {
    const sink = new TextSink(numberTextOf(options), work);
    for (const part of parts) {
      const value = typeof part === 'string' ? part : walkSteps(part, document);
      if (value instanceof PathFailure) {
        if (!options.allowMissingKey || value.kind !== 'missing') return value;
      } else if (value === null && options.hasDefault === true) {
        return nullMatched;
      } else if (value !== nothing) {
        writeValue(value, sink);
      }
    }
    return finish(sink, options);
  };
}

const severalLists = new PathFailure(
  'error',
  'the path must be one block without text around it, or a text without a block',
);
const nullDocument = new PathFailure('error', 'the document is null');

type Lists = readonly (readonly unknown[])[];

/** A template with wildcards, slices, filters, unions, descents, words or constants. */
function createGeneralTemplate(source: string, program: TemplateProgram): CompiledPath {
  const { options, nodes } = program;
  const isOneBlock = nodes.length === 1 && options.hasDefault === true;
  /** With a default, elements without a key are left out, and the default replaces nothing at all. */
  const printed = isOneBlock ? { nodes, options: { ...options, allowMissingKey: true } } : program;
  return {
    source,
    isSingular: false,
    shapes: findShapes(nodes),
    text(document, work) {
      const lists = evaluate(printed, document, work);
      return lists instanceof PathFailure ? lists : printLists(lists, options, work);
    },
    number(document, work) {
      const lists = evaluate(printed, document, work);
      return lists instanceof PathFailure ? lists : numberOfLists(lists, options, work);
    },
    select(document, work) {
      const lists = evaluate(program, document, work);
      return lists instanceof PathFailure ? lists : selectFrom(lists);
    },
  };
}

function evaluate(program: TemplateProgram, document: unknown, ...[work]: [work: Work]): Lists | PathFailure {
  const lists = new TemplateEvaluation(program, work).evaluate(document);
  if (!(lists instanceof EvaluationError)) return lists;
  if (lists.isLimit) return new PathLimit(lists.message);
  return new PathFailure(lists.isMissing ? 'missing' : 'error', lists.message, lists.isAbsent);
}

function numberOfLists(lists: Lists, options: PathOptions, ...[work]: [work: Work]): number | PathFailure {
  const [list, another] = lists;
  if (list?.length === 1 && another === undefined) return numberOfMatch(list[0], options);
  return numberOfText(renderLists(lists, options, work));
}

function printLists(lists: Lists, options: PathOptions, ...[work]: [work: Work]): string | PathFailure {
  const [list, another] = lists;
  const isNull = list?.length === 1 && list[0] === null && another === undefined;
  return isNull && options.hasDefault === true ? nullMatched : renderLists(lists, options, work);
}

/** json_exporter reads the lists as one JSON text, which they are where there is one. */
function selectFrom(lists: Lists): readonly unknown[] | PathFailure {
  const [list, another] = lists;
  if (list === undefined || another !== undefined) return severalLists;
  if (list.includes(noValue)) return nullDocument;
  return list.some((value) => value instanceof GoInt) ? list.map(toDocumentValue) : list;
}

/** What a value of the template language is in JSON. */
function toDocumentValue(value: unknown): unknown {
  if (!(value instanceof GoInt)) return value;
  const number = Number(value.value);
  return Number.isSafeInteger(number) ? number : value.value;
}
