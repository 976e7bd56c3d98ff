import { loadPathCompiler } from '../jsonpath/compiler.js';
import { parseDocument } from '../jsonpath/document.js';
import { type CompiledPath, PathFailure, refuseLimit } from '../jsonpath/path.js';
import type { DiscoveredElement, Discovery, DiscoveryReader } from '../model/discovery.js';
import { type Problem, ZxpError } from '../model/errors.js';
import type { ScrapeLimits } from '../model/limits.js';
import type { ConditionSpec, DiscoverSpec } from '../model/module.js';
import type { Steps } from '../model/ports.js';
import type { Work } from '../model/work.js';
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
  return function* (body, { limits, heapBytes, response, work }) {
    const document = yield* readWhole(body, { limits, heapBytes }, parseDocument);
    checkContent(document, { bytes: body.length, response, work });
    const found = findElements(document, work);
    if (found.length > limits.series) throw tooMany(limits);
    return yield* readElements(found, { targetPath, labelPaths, limits, work });
  };
}

/** Between two turns of the event loop. */
const ELEMENTS_PER_STEP = 1000;

function* readElements(
  found: readonly unknown[],
  paths: {
    readonly targetPath: CompiledPath;
    readonly labelPaths: readonly (readonly [name: string, path: CompiledPath])[];
    readonly limits: ScrapeLimits;
    readonly work: Work;
  },
): Steps<Discovery> {
  const { targetPath, labelPaths, limits, work } = paths;
  const elements: DiscoveredElement[] = [];
  let example: string | undefined;
  for (const [i, element] of found.entries()) {
    if (i % ELEMENTS_PER_STEP === ELEMENTS_PER_STEP - 1) yield;
    const target = targetPath.text(element, work);
    if (target instanceof PathFailure || target === '') {
      example ??= `element ${i + 1}: ${target === '' ? 'the target is empty' : target.message}`;
      continue;
    }
    const labels = labelPaths.flatMap(([name, path]) => {
      const value = path.text(element, work);
      refuseLimit(value, `label ${name} of discover`);
      return value instanceof PathFailure ? [] : [[name, checkLength(value, limits)] as const];
    });
    elements.push({ target: checkLength(target, limits), labels });
  }
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
