import { isFields } from '../../golang/values.js';
import { loadPathCompiler } from '../../jsonpath/compiler.js';
import { parseDocument } from '../../jsonpath/document.js';
import { type CompiledPath, PathFailure, PathSyntaxError, refuseLimit } from '../../jsonpath/path.js';
import { type Problem, ZxpError } from '../../model/errors.js';
import type { DecodeSpec, MappingSpec } from '../../model/module.js';
import type { Translator } from '../../model/ports.js';
import type { Work } from '../../model/work.js';
import { decodeJson } from './decode.js';
import { joinBody } from './document-bytes.js';
import { joinLines, LINES_START } from './ndjson.js';

/** What a document inside a document may hold. */
const INNER_LIMITS = { depth: 512, nodes: 1_000_000 };

/** Changes a parsed document in place. */
type Preparation = (document: unknown, work: Work) => void;

/**
 * A translator of documents as a module has them: of JSON Lines, or with texts in them that are documents themselves.
 * The same one for a module that has neither. What is wrong with its steps goes to the problems.
 */
export async function prepareDocuments(
  translator: Translator,
  { format, decode }: Pick<MappingSpec, 'format' | 'decode'>,
  problems: Problem[],
): Promise<Translator> {
  const prepare = decode.length === 0 ? undefined : await compileDecoding(decode, problems);
  const decoding: Translator =
    prepare === undefined
      ? translator
      : {
          ...translator,
          arrays: [],
          translate: (body, context) =>
            translator.translate(body, { ...context, prepare: (document) => prepare(document, context.work) }),
        };
  if (format === 'json') return decoding;
  return {
    ...decoding,
    translate: (body, context) => {
      const joined = joinLines(joinBody(body, context.freesBody));
      return decoding.translate(joined, { ...context, textStart: LINES_START });
    },
  };
}

interface DecodeStep {
  readonly steps: readonly CompiledPath[];
  readonly keys: readonly (string | number)[];
}

async function compileDecoding(specs: readonly DecodeSpec[], problems: Problem[]): Promise<Preparation> {
  const compilePath = await loadPathCompiler(specs.flatMap((spec) => spec.paths.map(({ path }) => path)));
  const options = { allowMissingKey: true, strictNumbers: false };
  const compiled = specs.flatMap(({ paths }): readonly DecodeStep[] => {
    try {
      const all = paths.map(({ path }) => compilePath(path, options));
      const keys = all.at(-1)?.isSingular ? (all.at(-1)?.shapes[0]?.keys ?? []) : [];
      if (keys.length > 0) return [{ steps: all.slice(0, -1), keys }];
      const hint = "path: '{.payload}', or path: ['{.items[*]}', '{.payload}'] for a text of each element";
      problems.push({ where: paths.at(-1)?.where ?? '', message: 'must lead to one text', hint });
    } catch (thrown) {
      if (!(thrown instanceof PathSyntaxError)) throw thrown;
      problems.push({ where: paths[0]?.where ?? '', message: `"${thrown.source}" is not a path: ${thrown.message}` });
    }
    return [];
  });
  return (document, work) => {
    for (const step of compiled) decodeTexts(document, step, work);
  };
}

/** What is not a text, or not JSON, stays what it is. */
function decodeTexts(document: unknown, { steps, keys }: DecodeStep, ...[work]: [work: Work]): void {
  let elements: readonly unknown[] = [document];
  for (const step of steps) {
    elements = elements.flatMap((element) => {
      const found = step.select(element, work);
      refuseLimit(found, 'decode');
      return found instanceof PathFailure ? [] : found;
    });
  }
  for (const element of elements) {
    const parent = walk(element, keys.slice(0, -1));
    const key = keys.at(-1) ?? '';
    const text = step(parent, key);
    const inner = typeof text === 'string' ? parseInner(text, work) : undefined;
    if (inner !== undefined && typeof parent === 'object' && parent !== null) replace(parent, key, inner.document);
  }
}

function walk(from: unknown, keys: readonly (string | number)[]): unknown {
  return keys.reduce<unknown>(step, from);
}

function step(value: unknown, key: string | number): unknown {
  if (typeof key === 'number') return Array.isArray(value) ? value.at(key) : undefined;
  return isFields(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

/** Not an assignment: a document may have a key `__proto__`. */
function replace(parent: object, key: string | number, value: unknown): void {
  const own = typeof key === 'number' && key < 0 && Array.isArray(parent) ? key + parent.length : key;
  Object.defineProperty(parent, own, { value, writable: true, enumerable: true, configurable: true });
}

function parseInner(text: string, work: Work): { readonly document: unknown } | undefined {
  work.spend(text.length);
  try {
    return { document: decodeJson(Buffer.from(text), INNER_LIMITS, { parse: parseDocument }) };
  } catch (thrown) {
    if (thrown instanceof ZxpError) return undefined;
    throw thrown;
  }
}
