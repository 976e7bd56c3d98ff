import { TextSink } from '../../golang/text-sink.js';
import { GoInt, noValue } from '../../golang/values.js';
import {
  EvaluationError,
  finish,
  nullMatched,
  numberOfMatch,
  numberOfText,
  renderLists,
  writeValue,
} from '../matches.js';
import { type CompiledPath, numberTextOf, PathFailure, type PathOptions } from '../path.js';
import { createSingularPath, createTemplateSteps, nothing, type SingularSteps, walkSteps } from '../singular.js';
import { TemplateEvaluation } from './evaluation.js';
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

function isSimplePart(part: string | SingularSteps | undefined): part is string | SingularSteps {
  return part !== undefined;
}

interface TextProgram {
  readonly parts: readonly (string | SingularSteps)[];
  readonly options: PathOptions;
}

/** A template of literal text and singular blocks. What it selects is left to the general evaluation. */
function createTextTemplate(general: CompiledPath, program: TextProgram): CompiledPath {
  const { source } = general;
  const select = (document: unknown) => general.select(document);
  const render = createRenderer(program);
  if (program.parts.some((part) => typeof part !== 'string')) {
    return { source, isSingular: false, text: render, number: (document) => numberOfText(render(document)), select };
  }
  const text = render(noValue);
  const number = numberOfText(text);
  return { source, isSingular: false, text: () => text, number: () => number, select };
}

function createRenderer({ parts, options }: TextProgram): (document: unknown) => string | PathFailure {
  return (document) => {
    const sink = new TextSink(numberTextOf(options));
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

interface Program {
  readonly nodes: readonly TemplateNode[];
  readonly options: PathOptions;
}

type Lists = readonly (readonly unknown[])[];

/** A template with wildcards, slices, filters, unions, descents, words or constants. */
function createGeneralTemplate(source: string, program: Program): CompiledPath {
  const { options, nodes } = program;
  const isOneBlock = nodes.length === 1 && options.hasDefault === true;
  /** With a default, elements without a key are left out, and the default replaces nothing at all. */
  const printed = isOneBlock ? { nodes, options: { ...options, allowMissingKey: true } } : program;
  return {
    source,
    isSingular: false,
    text(document) {
      const lists = evaluate(printed, document);
      return lists instanceof PathFailure ? lists : printLists(lists, options);
    },
    number(document) {
      const lists = evaluate(printed, document);
      return lists instanceof PathFailure ? lists : numberOfLists(lists, options);
    },
    select(document) {
      const lists = evaluate(program, document);
      return lists instanceof PathFailure ? lists : selectFrom(lists);
    },
  };
}

function evaluate({ nodes, options }: Program, document: unknown): Lists | PathFailure {
  const lists = new TemplateEvaluation(nodes, options).evaluate(document);
  if (!(lists instanceof EvaluationError)) return lists;
  return new PathFailure(lists.isMissing ? 'missing' : 'error', lists.message, lists.isAbsent);
}

function numberOfLists(lists: Lists, options: PathOptions): number | PathFailure {
  const [list, another] = lists;
  if (list?.length === 1 && another === undefined) return numberOfMatch(list[0], options);
  return numberOfText(renderLists(lists, options));
}

function printLists(lists: Lists, options: PathOptions): string | PathFailure {
  const [list, another] = lists;
  const isNull = list?.length === 1 && list[0] === null && another === undefined;
  return isNull && options.hasDefault === true ? nullMatched : renderLists(lists, options);
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
