import { loadPathCompiler } from '../jsonpath/compiler.js';
import { parseDocument } from '../jsonpath/document.js';
import { type CompiledPath, PathFailure } from '../jsonpath/path.js';
import type { DiscoveredElement, Discovery, DiscoveryReader } from '../model/discovery.js';
import { type Problem, ZxpError } from '../model/errors.js';
import type { ScrapeLimits } from '../model/limits.js';
import type { ConditionSpec, DiscoverSpec } from '../model/module.js';
import { compileContentCheck } from '../translate/content/content-checks.js';
import { readWhole } from '../translate/document/chunked-document.js';
import { compileElements, notingProblems } from './elements.js';

/** Compiles `discover` of a module with its `fail_if`. What does not compile is a problem. */
export async function compileDiscovery(
  { discover, failIf }: { readonly discover: DiscoverSpec; readonly failIf: readonly ConditionSpec[] },
  problems: Problem[],
): Promise<DiscoveryReader | undefined> {
  const { each, target, labels } = discover;
  const compilePath = await loadPathCompiler([each, target, ...labels.map(([, text]) => text)].map(({ path }) => path));
  const compile = notingProblems(compilePath, problems);
  const findElements = compileElements(each, compile, { name: 'each of discover', allowNull: false });
  const targetPath = compile(target, { hasDefault: true });
  const labelPaths = labels.flatMap(([name, text]) => {
    const path = compile(text, { hasDefault: true });
    return path === undefined ? [] : [[name, path] as const];
  });
  // Those of the conditions are found with the translator.
  const checkContent = await compileContentCheck(failIf, []);
  if (findElements === undefined || targetPath === undefined) return undefined;
  return function* (body, { limits, heapBytes, response }) {
    const document = yield* readWhole(body, { limits, heapBytes }, parseDocument);
    checkContent(document, body.length, response);
    const found = findElements(document);
    if (found.length > limits.series) throw tooMany(limits);
    return readElements(found, { targetPath, labelPaths, limits });
  };
}

function readElements(
  found: readonly unknown[],
  paths: {
    readonly targetPath: CompiledPath;
    readonly labelPaths: readonly (readonly [name: string, path: CompiledPath])[];
    readonly limits: ScrapeLimits;
  },
): Discovery {
  const { targetPath, labelPaths, limits } = paths;
  const elements: DiscoveredElement[] = [];
  let example: string | undefined;
  found.forEach((element, i) => {
    const target = targetPath.text(element);
    if (target instanceof PathFailure || target === '') {
      example ??= `element ${i + 1}: ${target === '' ? 'the target is empty' : target.message}`;
      return;
    }
    const labels = labelPaths.flatMap(([name, path]) => {
      const value = path.text(element);
      return value instanceof PathFailure ? [] : [[name, checkLength(value, limits)] as const];
    });
    elements.push({ target: checkLength(target, limits), labels });
  });
  return { elements, leftOut: found.length - elements.length, example };
}

function checkLength(text: string, { labelLength }: ScrapeLimits): string {
  if (text.length <= labelLength) return text;
  throw new ZxpError('limit', `a target or label has ${text.length} characters`, {
    hint: 'raise limits.label_length if that is meant',
  });
}

function tooMany({ series }: ScrapeLimits): ZxpError {
  return new ZxpError('limit', `there are more than ${series} targets`, {
    hint: 'raise limits.series, or select fewer elements with each of discover',
  });
}
