import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAst } from 'rolldown/parseAst';
import { repository } from './pages.js';

/** An event as the code logs it. */
export interface LogEvent {
  readonly program: 'daemon' | 'agent' | 'proxy';
  readonly level: string;
  readonly message: string;
  readonly fields: readonly string[];
  /** Whether some of its fields are not in the call, nor in an object next to it. */
  readonly hasMore: boolean;
}

type Node = { readonly type: string; readonly start: number; readonly end: number } & Readonly<Record<string, unknown>>;

const LEVELS = new Set(['debug', 'info', 'warn', 'error']);

/** Every call of a logger in `src/` whose message is in the code, with the names of its fields. */
export function listLogEvents(): readonly LogEvent[] {
  const folder = join(repository, 'src');
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  return files.flatMap((name) => readEvents(name, readFileSync(join(folder, name), 'utf8')));
}

function readEvents(name: string, text: string): readonly LogEvent[] {
  if (name.startsWith('ui/') || !/logger|announcer|failures|write\(/.test(text)) return [];
  const nodes: Node[] = [];
  visit(parseAst(text, { lang: 'ts' }), (node) => nodes.push(node));
  const declared = nodes.filter(({ type }) => type === 'VariableDeclarator');
  const resolve = (node: Node): Node | undefined => {
    const found = declared.filter(({ id, start }) => asNode(id)?.name === node.name && start < node.start).at(-1);
    return asNode(found?.init);
  };
  const program = name.includes('agent')
    ? 'agent'
    : /proxy/.test(name) && !name.startsWith('upstream')
      ? 'proxy'
      : 'daemon';
  return nodes
    .filter(({ type }) => type === 'CallExpression')
    .flatMap((call) => {
      const found = readCall(call, text);
      const message = found?.message === undefined ? undefined : readText(found.message, resolve);
      if (found === undefined || message === undefined) return [];
      const fields = found.fields === undefined ? [] : listKeys(found.fields, resolve);
      const known = fields.filter((field) => field !== undefined);
      return [
        { program, level: found.level, message, fields: [...new Set(known)], hasMore: known.length < fields.length },
      ];
    });
}

function readCall(call: Node, text: string) {
  const callee = asNode(call.callee);
  const list = asNodes(call.arguments);
  if (callee?.type === 'Identifier' && callee.name === 'write' && list.length === 2)
    return { level: 'info', message: list[0], fields: list[1] };
  const object = asNode(callee?.object);
  const method = asNode(callee?.property)?.name;
  if (object === undefined || typeof method !== 'string') return undefined;
  const owner = text.slice(object.start, object.end);
  if (LEVELS.has(method) && /(logger|announcer)$/.test(owner))
    return { level: method, message: list[0], fields: list[1] };
  if (method === 'report' && /failures$/.test(owner)) return { level: 'warn', message: list[1], fields: list[2] };
  return undefined;
}

type Resolve = (node: Node) => Node | undefined;

/** The text of a message; undefined for one that comes from elsewhere. */
function readText(node: Node, resolve: Resolve): string | undefined {
  if (node.type === 'Literal') return typeof node.value === 'string' ? node.value : undefined;
  if (node.type !== 'TemplateLiteral') return undefined;
  const quasis = asNodes(node.quasis).map(({ value }) => readCooked(value));
  const holes = asNodes(node.expressions).map((each) => {
    const value = resolve(each);
    return value === undefined ? '' : (readText(value, resolve) ?? '');
  });
  return quasis.map((part, i) => part + (holes[i] ?? '')).join('');
}

function readCooked(value: unknown): string {
  return typeof value === 'object' && value !== null && 'cooked' in value ? String(value.cooked) : '';
}

/** The keys of an object, with those that it takes from others; undefined for what cannot be seen. */
function listKeys(node: Node, resolve: Resolve): readonly (string | undefined)[] {
  if (node.type === 'Identifier') {
    const value = resolve(node);
    return value?.type === 'ObjectExpression' ? listKeys(value, resolve) : [undefined];
  }
  if (node.type !== 'ObjectExpression') return [undefined];
  return asNodes(node.properties).flatMap((property) => {
    const argument = asNode(property.argument);
    if (property.type === 'SpreadElement') return argument === undefined ? [undefined] : listKeys(argument, resolve);
    const key = asNode(property.key);
    return [String(key?.name ?? key?.value)];
  });
}

function visit(value: unknown, see: (node: Node) => void): void {
  if (Array.isArray(value)) {
    for (const each of value) visit(each, see);
    return;
  }
  const node = asNode(value);
  if (node === undefined) return;
  see(node);
  for (const each of Object.values(node)) visit(each, see);
}

function asNodes(value: unknown): readonly Node[] {
  return Array.isArray(value) ? value.flatMap((each: unknown) => asNode(each) ?? []) : [];
}

function asNode(value: unknown): Node | undefined {
  return isNode(value) ? value : undefined;
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}
