import { ELEMENT, listRootKeys, type Step, type YamlContext } from './yaml-context.js';

/** A JSON Schema, or a part of one. */
type Schema = Readonly<Record<string, unknown>>;

/** Something that may be typed. */
export interface Suggestion {
  readonly text: string;
  readonly description: string;
}

/** What a key means: its description, and which values it takes. */
export interface KeyHelp {
  readonly key: string;
  readonly description: string;
  readonly values: string;
}

/** Looks up in the schema of a config file what a mapping may have, be it a module, several, or a whole file. */
export class SchemaLookup {
  readonly #root: Schema;
  readonly #definitions: Schema;

  constructor(schema: unknown) {
    this.#root = toSchema(schema);
    this.#definitions = toSchema(this.#root.$defs);
  }

  /** What may be typed at a place, in the order of the schema. */
  suggest(text: string, { path, position, prefix }: YamlContext): readonly Suggestion[] {
    const nodes = this.#follow(text, path);
    const found = position === 'key' ? this.#listKeys(nodes) : this.#listValues(nodes);
    const wanted = prefix.toLowerCase();
    const unique = [...new Map(found.map((each) => [each.text, each])).values()];
    const starting = unique.filter((each) => each.text.toLowerCase().startsWith(wanted));
    const containing = unique.filter((each) => !starting.includes(each) && each.text.toLowerCase().includes(wanted));
    return [...starting, ...containing].filter((each) => each.text !== prefix);
  }

  /** What the key at the end of a path means; undefined where the schema has no such key. */
  explain(text: string, path: readonly Step[]): KeyHelp | undefined {
    const end = path.findLastIndex((step) => step !== ELEMENT);
    const key = path[end];
    if (key === undefined) return undefined;
    const holders = this.#follow(text, path.slice(0, end));
    const own = holders.flatMap((node) => {
      const property = toSchema(node.properties)[key];
      return property === undefined ? [] : [toSchema(property)];
    });
    if (own.length === 0) return undefined;
    const description = own.map((node) => node.description).find((each) => typeof each === 'string');
    const nodes = own.flatMap((node) => this.#expand(node));
    return {
      key,
      description: typeof description === 'string' ? description : '',
      values: describeValues(nodes, this.#listValues(nodes)),
    };
  }

  #follow(text: string, path: readonly Step[]): readonly Schema[] {
    let nodes = this.#findRoots(text);
    for (const step of path) nodes = nodes.flatMap((node) => this.#enter(node, step));
    return nodes;
  }

  /** A text with keys of a file is one; otherwise it is a module, or modules by their names. */
  #findRoots(text: string): readonly Schema[] {
    const file = this.#expand(this.#root);
    const module = this.#expand(toSchema(this.#definitions.module));
    const keys = listRootKeys(text);
    const has = (nodes: readonly Schema[]) =>
      keys.some((key) => nodes.some((node) => toSchema(node.properties)[key] !== undefined));
    if (has(file)) return file;
    if (keys.length === 0 || has(module)) return module;
    return [...module, { additionalProperties: this.#definitions.module }];
  }

  #enter(node: Schema, step: Step): readonly Schema[] {
    if (step === ELEMENT) return this.#expand(toSchema(node.items));
    const property = toSchema(node.properties)[step];
    return this.#expand(toSchema(property ?? node.additionalProperties));
  }

  /** A node with all that it may be in its place. */
  #expand(node: Schema, depth = 0): readonly Schema[] {
    if (depth > 8) return [];
    const reference = node.$ref;
    const name = typeof reference === 'string' ? reference.replace('#/$defs/', '') : '';
    const parts = [...(name === '' ? [] : [this.#definitions[name]]), ...toList(node.anyOf), node.then, node.else];
    return [node, ...parts.flatMap((part) => (part === undefined ? [] : this.#expand(toSchema(part), depth + 1)))];
  }

  #listKeys(nodes: readonly Schema[]): readonly Suggestion[] {
    return nodes.flatMap((node) =>
      Object.entries(toSchema(node.properties)).map(([text, property]) => {
        const { description } = toSchema(property);
        return { text, description: typeof description === 'string' ? description : '' };
      }),
    );
  }

  #listValues(nodes: readonly Schema[]): readonly Suggestion[] {
    const isFlag = nodes.some((node) => node.$ref === '#/$defs/flag');
    const words = nodes.flatMap((node) => toList(node.enum)).filter((word) => word !== null && word !== '');
    return [...(isFlag ? [true, false] : []), ...words].map((word) => ({ text: String(word), description: '' }));
  }
}

function describeValues(nodes: readonly Schema[], words: readonly Suggestion[]): string {
  if (words.length > 0) return [...new Set(words.map(({ text }) => text))].join(', ');
  const references = nodes.map((node) => node.$ref);
  if (references.includes('#/$defs/duration')) return 'a duration, such as 1m30s';
  if (references.includes('#/$defs/count')) return 'a whole number from 1 on';
  const types = new Set(nodes.flatMap((node) => toList(node.type ?? []).flat()));
  const names = [
    ...(types.has('array') ? ['a list'] : []),
    ...(types.has('object') ? ['a map'] : []),
    ...(types.has('string') ? ['text'] : []),
    ...(!types.has('string') && (types.has('number') || types.has('integer')) ? ['a number'] : []),
  ];
  return names.join(' or ');
}

function toSchema(value: unknown): Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}

function toList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : value === undefined ? [] : [value];
}
