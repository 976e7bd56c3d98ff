import fc from 'fast-check';
import { key } from './documents.js';

/** A path as a list of steps, to be printed in both languages and evaluated by the book, slowly. */
export type Step =
  | { readonly kind: 'field'; readonly name: string }
  | { readonly kind: 'index'; readonly index: number }
  | { readonly kind: 'children' }
  | { readonly kind: 'elements' }
  | { readonly kind: 'fields'; readonly names: readonly string[] }
  | { readonly kind: 'deep'; readonly name: string }
  | { readonly kind: 'where'; readonly name: string; readonly operator: string; readonly literal: string | boolean };

const plainName = fc.constantFrom('a', 'b', 'constructor', 'length', '__proto__');

export const step: fc.Arbitrary<Step> = fc.oneof(
  { arbitrary: fc.record({ kind: fc.constant('field' as const), name: key }), weight: 5 },
  { arbitrary: fc.record({ kind: fc.constant('index' as const), index: fc.integer({ min: -3, max: 3 }) }), weight: 2 },
  { arbitrary: fc.constant<Step>({ kind: 'children' }), weight: 2 },
  { arbitrary: fc.constant<Step>({ kind: 'elements' }), weight: 3 },
  fc.record({ kind: fc.constant('fields' as const), names: fc.array(plainName, { minLength: 2, maxLength: 3 }) }),
  fc.record({ kind: fc.constant('deep' as const), name: plainName }),
  fc.record({
    kind: fc.constant('where' as const),
    name: plainName,
    operator: fc.constantFrom('==', '!=', '<', '>=', 'exists'),
    literal: fc.constantFrom<string | boolean>('a', 'x y', '1', true, false),
  }),
);

export function toTemplate(steps: readonly Step[]): string {
  return `{${steps.map(printForTemplate).join('')}}`;
}

export function toQuery(steps: readonly Step[]): string {
  return `$${steps.map(printForQuery).join('')}`;
}

function printForTemplate(one: Step): string {
  switch (one.kind) {
    case 'field':
      return one.name === '' ? "['']" : `.${escapeName(one.name)}`;
    case 'index':
      return `[${one.index}]`;
    case 'children':
      return '.*';
    case 'elements':
      return '[*]';
    case 'fields':
      return `[${one.names.map((field) => `'${field}'`).join(',')}]`;
    case 'deep':
      return `..${one.name}`;
    case 'where':
      return `[?(@.${one.name}${one.operator === 'exists' ? '' : `${one.operator}${JSON.stringify(one.literal)}`})]`;
  }
}

function printForQuery(one: Step): string {
  switch (one.kind) {
    case 'field':
      return `[${JSON.stringify(one.name)}]`;
    case 'index':
      return `[${one.index}]`;
    case 'children':
      return '.*';
    case 'elements':
      return '[*]';
    case 'fields':
      return `[${one.names.map((field) => `'${field}'`).join(',')}]`;
    case 'deep':
      return `..${one.name}`;
    case 'where':
      return `[?@.${one.name}${one.operator === 'exists' ? '' : `${one.operator}${JSON.stringify(one.literal)}`}]`;
  }
}

function escapeName(field: string): string {
  return field.replace(/[ .]/g, '\\$&');
}

/** Thrown by the naive evaluator of templates where the language has an error. */
export class NaiveError extends Error {}

type Language = 'template' | 'query';

export function evaluate(
  steps: readonly Step[],
  { document, language }: { document: unknown; language: Language },
): unknown[] {
  const evaluateStep = language === 'template' ? stepOfTemplate : stepOfQuery;
  return steps.reduce<unknown[]>((nodes, one) => evaluateStep(nodes, one), [document]);
}

function own(value: unknown, field: string): unknown[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [];
  return Object.entries(value).flatMap(([key, child]) => (key === field ? [child] : []));
}

function children(value: unknown): unknown[] {
  return typeof value === 'object' && value !== null ? Object.values(value) : [];
}

function everything(value: unknown): unknown[] {
  return [value, ...children(value).flatMap(everything)];
}

function at(list: readonly unknown[], index: number): unknown[] {
  const position = index < 0 ? list.length + index : index;
  return list.flatMap((element, i) => (i === position ? [element] : []));
}

function stepOfQuery(nodes: unknown[], one: Step): unknown[] {
  switch (one.kind) {
    case 'field':
      return nodes.flatMap((node) => own(node, one.name));
    case 'index':
      return nodes.flatMap((node) => (Array.isArray(node) ? at(node, one.index) : []));
    case 'children':
    case 'elements':
      return nodes.flatMap(children);
    case 'fields':
      return nodes.flatMap((node) => one.names.flatMap((field) => own(node, field)));
    case 'deep':
      return nodes.flatMap(everything).flatMap((node) => own(node, one.name));
    case 'where':
      return nodes.flatMap(children).filter((child) => queryHolds(own(child, one.name), one));
  }
}

function queryHolds(found: readonly unknown[], { operator, literal }: Extract<Step, { kind: 'where' }>): boolean {
  const [value] = found;
  if (operator === 'exists') return found.length > 0;
  if (operator === '==') return value === literal;
  if (operator === '!=') return value !== literal;
  if (operator === '>=' && value === literal) return true;
  if (typeof value !== 'string' || typeof literal !== 'string') return false;
  return operator === '<' ? value < literal : value > literal;
}

function stepOfTemplate(nodes: unknown[], one: Step): unknown[] {
  switch (one.kind) {
    case 'field':
      return found(
        nodes,
        nodes.flatMap((node) => own(node, one.name)),
      );
    case 'index':
    case 'elements':
      return elementsOfTemplate(nodes, one);
    case 'children':
      return nodes.flatMap(childrenOfTemplate);
    case 'fields':
      return one.names.flatMap((field) => stepOfTemplate(nodes, { kind: 'field', name: field }));
    case 'deep': {
      const containers = nodes.flatMap(everything).filter((node) => node !== '' && childrenOfTemplate(node).length > 0);
      return stepOfTemplate(containers, { kind: 'field', name: one.name });
    }
    case 'where':
      return nodes.flatMap((node) => {
        if (!Array.isArray(node)) throw new NaiveError('not an array');
        return node.filter((element) => templateHolds(element, one));
      });
  }
}

function found(input: readonly unknown[], output: unknown[]): unknown[] {
  if (input.length > 0 && output.length === 0) throw new NaiveError('not found');
  return output;
}

/** A text has its bytes as children. */
function childrenOfTemplate(value: unknown): unknown[] {
  return typeof value === 'string' ? [...Buffer.from(value)] : children(value);
}

function elementsOfTemplate(nodes: readonly unknown[], one: Extract<Step, { kind: 'index' | 'elements' }>): unknown[] {
  const output: unknown[] = [];
  for (const node of nodes) {
    if (node === null) continue;
    if (!Array.isArray(node)) throw new NaiveError('not an array');
    if (one.kind === 'elements' && node.length === 0) return output;
    const picked = one.kind === 'elements' ? node : at(node, one.index);
    if (picked.length === 0) throw new NaiveError('out of bounds');
    output.push(...picked);
  }
  return output;
}

function templateHolds(
  element: unknown,
  { name: field, operator, literal }: Extract<Step, { kind: 'where' }>,
): boolean {
  const values = own(element, field);
  if (operator === 'exists') return values.length > 0;
  const [value] = found([element], values);
  if (typeof value !== typeof literal) throw new NaiveError('types');
  if (operator === '==') return value === literal;
  if (operator === '!=') return value !== literal;
  if (typeof value !== 'string' || typeof literal !== 'string') throw new NaiveError('types');
  return operator === '<' ? value < literal : value >= literal;
}
