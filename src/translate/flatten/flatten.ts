import { isFields, ownField } from '../../golang/values.js';
import { parseDocument } from '../../jsonpath/document.js';
import type { Bytes } from '../../model/bytes.js';
import type { Problem } from '../../model/errors.js';
import type { Translation } from '../../model/metrics.js';
import type { MappingSpec } from '../../model/module.js';
import type { Steps, TranslationContext, Translator } from '../../model/ports.js';
import type { Work } from '../../model/work.js';
import { readWhole } from '../document/chunked-document.js';
import { toLabelName } from '../names.js';
import type { CompiledTranslator, TranslatorSpec } from '../translator-spec.js';
import { findIdentity, readIdentity } from './identity.js';
import { extendName, extendPath, extendPathToElements } from './names.js';
import { type ElementLabel, FlatSamples } from './samples.js';

/** Values between two turns of the event loop, and what one may cost: a name that is hashed takes some microseconds. */
const VALUES_PER_STEP = 5000;
const UNITS_PER_VALUE = 100;

/** The name of a number that is under no key. */
const ROOT_NAME = 'value';

/** A number as JSON writes it. */
const NUMBER = /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$/;
const MAX_NUMBER_LENGTH = 100;

/**
 * Makes a gauge of every number, boolean and text that is a number in any JSON. Its name is the path, its labels tell
 * the elements of arrays apart. Of the module it heeds `labels`, `only` and `drop`.
 */
export async function createFlatten({ mapping, where = '' }: TranslatorSpec): Promise<CompiledTranslator> {
  const isFiltered = mapping.only.length > 0 || mapping.drop.length > 0;
  const problems = [...findLabelProblems(mapping, where)];
  const filter = isFiltered ? (await import('../mapping/filters.js')).compileFilters(mapping, problems) : undefined;
  const translate: Translator['translate'] = (body, context) =>
    flatten(body, context, () => new FlatSamples({ ...context, filter, labels: mapping.staticLabels }));
  return { translator: { name: 'flatten', translate }, problems, warnings: [] };
}

/** Throws `limit` where the document has more series than may be. */
function* flatten(body: Bytes, context: TranslationContext, createSamples: () => FlatSamples): Steps<Translation> {
  const document = yield* readWhole(body, context, parseDocument);
  const samples = createSamples();
  // Documents choose how deep they nest: what is open is a list, and no recursion.
  const open: Walk[] = [];
  const visit: Visit = (value, place) => {
    const number = toNumber(value);
    if (number !== undefined) {
      const { name, path, label } = place();
      samples.add({ name: name === '' ? ROOT_NAME : name, path, label, value: number });
    } else if (Array.isArray(value)) {
      open.push(walkArray(value, place(), context.work));
    } else if (isFields(value)) {
      open.push(walkObject(value, place()));
    }
  };
  let values = 0;
  visit(document, () => ({ name: '', path: '$', key: '', label: undefined, identity: undefined }));
  for (let walk = open.at(-1); walk !== undefined; walk = open.at(-1)) {
    if (!walk(visit)) open.pop();
    context.work.spend(UNITS_PER_VALUE);
    if (++values % VALUES_PER_STEP === 0) yield;
  }
  return { families: samples.families, drops: samples.drops };
}

/** Undefined for what is no number: null, other texts, arrays and objects. */
function toNumber(value: unknown): number | undefined {
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean') return Number(value);
  if (typeof value !== 'string' || value.length > MAX_NUMBER_LENGTH || !NUMBER.test(value)) return undefined;
  return Number(value);
}

/** Where a value is. */
interface Place {
  readonly name: string;
  readonly path: string;
  /** The last key on the way there. */
  readonly key: string;
  readonly label: ElementLabel | undefined;
  /** Of an object, the field that is a label of everything in it, and no sample. */
  readonly identity: string | undefined;
}

/** Takes a value; where it is, is worked out for those that matter. */
type Visit = (value: unknown, place: () => Place) => void;

/** Visits the next value of an array or object. False where there is none left. */
type Walk = (visit: Visit) => boolean;

function walkObject(fields: Readonly<Record<string, unknown>>, { name, path, label, identity }: Place): Walk {
  const keys = Object.keys(fields);
  let next = 0;
  return (visit) => {
    const key = keys[next++];
    if (key === undefined) return false;
    if (key === identity) return true;
    const place = () => ({ name: extendName(name, key), path: extendPath(path, key), key, label, identity: undefined });
    visit(ownField(fields, key), place);
    return true;
  };
}

function walkArray(elements: readonly unknown[], { name, path, key, label: outer }: Place, work: Work): Walk {
  const identity = findIdentity(elements, work);
  const elementPath = extendPathToElements(path);
  let next = 0;
  return (visit) => {
    const index = next++;
    if (index >= elements.length) return false;
    const element = elements[index];
    visit(element, () => {
      const value = identity === undefined ? String(index) : (readIdentity(element, identity) ?? '');
      const label = { outer, name: identity ?? 'index', array: key, value };
      return { name, path: elementPath, key, label, identity };
    });
    return true;
  };
}

/** The labels of a module that cannot be. */
function findLabelProblems({ staticLabels }: MappingSpec, where: string): readonly Problem[] {
  return staticLabels.flatMap(([raw], i) => {
    const name = toLabelName(raw);
    if (name === undefined)
      return [
        {
          where,
          message: `"${raw}" cannot be the name of a label`,
          hint: 'letters, digits and _, and not __ in front',
        },
      ];
    const isThere = staticLabels.some(([other], j) => j < i && toLabelName(other) === name);
    return isThere ? [{ where, message: `the label ${name} is there already` }] : [];
  });
}
