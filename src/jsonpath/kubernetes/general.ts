import { GoInt, noValue } from '../../golang/values.js';
import { EvaluationError } from '../evaluation-error.js';
import { type CompiledPath, PathFailure, type PathOptions } from '../path.js';
import { renderLists } from '../render.js';
import { numberOfMatch, numberOfText } from '../sample-value.js';
import { TemplateEvaluation } from './evaluation.js';
import type { TemplateNode } from './nodes.js';

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
export function createGeneralTemplate(source: string, program: Program): CompiledPath {
  const { options } = program;
  return {
    source,
    text(document) {
      const lists = evaluate(program, document);
      return lists instanceof PathFailure ? lists : renderLists(lists, options);
    },
    number(document) {
      const lists = evaluate(program, document);
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
  return new PathFailure(lists.isMissing ? 'missing' : 'error', lists.message);
}

function numberOfLists(lists: Lists, options: PathOptions): number | PathFailure {
  const [list, another] = lists;
  if (list?.length === 1 && another === undefined) return numberOfMatch(list[0], options);
  return numberOfText(renderLists(lists, options));
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
