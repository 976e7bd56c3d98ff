import type { OptionEntry } from './column.js';
import { proposeMetrics } from './inference.js';
import { splitWords } from './words.js';
import { writeYaml } from './write-yaml.js';
import { isZotDocument } from './zot.js';

/** What goes into the file besides the document. */
export interface InferOptions {
  /** The name of the module, with whose words the names of all metrics begin. */
  readonly name: string;
  /** What the document is from, for the first line: a URL without its query, or the name of a file. */
  readonly source?: string | undefined;
  /** The URL of the target to write; without it there is none. */
  readonly url?: string | undefined;
  /** Names of parameters with secrets that `url` goes without. */
  readonly secretParams?: readonly string[] | undefined;
  /** Names of headers that the request needed besides `Authorization`. */
  readonly headers?: readonly string[] | undefined;
  /** How the document is to be read. */
  readonly format?: 'json' | 'ndjson' | undefined;
}

/**
 * Proposes a mapping for a document as JSON.parse gives it: the YAML of a whole file with one module, which loads without a
 * problem or warning and translates the document without dropping a sample. Of the document it repeats keys that are names
 * of fields, and states; no other value, and no key that is one of many of its kind.
 */
export function inferMapping(document: unknown, options: InferOptions): string {
  const { name, source, url, secretParams = [], headers = [], format = 'json' } = options;
  const from = source === undefined ? '' : ` from ${printable(source)}`;
  const heading = [`Proposed by zxp infer${from}. Read it, rename, and delete what nobody needs.`];
  if (secretParams.length > 0) {
    heading.push('Left out of the URL is what may be a secret. The module can have it from the environment:');
    heading.push(`params: { ${secretParams.map(writeSecretParam).join(', ')} }`);
  }
  const keys: OptionEntry[] = headers.length > 0 ? [['forward_headers', [...headers]]] : [];
  const target: readonly OptionEntry[] | undefined =
    url === undefined
      ? undefined
      : [
          ['name', name],
          ['url', url],
          ['module', name],
        ];
  if (isZotDocument(document)) {
    heading.push("This is zot's own JSON, which has a translator of its own.");
    return writeYaml({
      heading,
      target,
      module: name,
      options: [...keys, ['translator', 'zot']],
      metrics: undefined,
      footing: [],
    });
  }
  if (format === 'ndjson') keys.push(['format', 'ndjson']);
  const { metrics, decode, remarks } = proposeMetrics(document, nameModule(name));
  if (decode.length > 0)
    keys.push(['decode', decode.map((path) => ({ fields: [['path', path.length > 1 ? path : path.join('')]] }))]);
  const isUncertain = metrics.some(
    ({ notes, values }) => notes.length > 0 || values.some((value) => value.notes.length > 0),
  );
  if (isUncertain) heading.push('Choices that the document alone cannot decide are marked as uncertain.');
  return writeYaml({ heading, target, module: name, options: keys, metrics, footing: remarks });
}

/** The words of the module's name; those of families that zxp adds itself, `target_up` and `zot_up`, get one in front. */
function nameModule(name: string): readonly string[] {
  const words = splitWords(name).slice(0, 6);
  return words.length === 0 || /^(target|zot)$/.test(words[0] ?? '') ? ['json', ...words] : words;
}

/** As a key of `params`. */
function writeSecretParam(name: string): string {
  const variable = name
    .slice(0, 200)
    .toUpperCase()
    .replace(/[^A-Z0-9]+/g, '_');
  return `${JSON.stringify(printable(name))}: '\${${variable}}'`;
}

/** A part of one line. */
function printable(text: string): string {
  return text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '?').slice(0, 200);
}
