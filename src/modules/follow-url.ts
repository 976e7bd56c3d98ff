import { randomBytes } from 'node:crypto';
import { compileValueTemplate, TemplateError, type ValueTemplate } from '../gotemplate/template.js';
import { leavesFolder } from '../model/credential-policy.js';
import { type Problem, ZxpError } from '../model/errors.js';
import type { FollowPlan } from '../model/fetch-plan.js';
import type { FollowSpec } from '../model/module.js';
import { resolveReference } from '../net/local-url.js';
import { compileElements, type PathTextCompiler } from './elements.js';

/** Of one URL of a follow-up request: steps of its template, and bytes of it. */
const URL_LIMITS = { maxSteps: 20_000, maxOutputBytes: 8192 };

/** Compiles `follow`: for which elements there is a request, and its URL. Undefined, with the problem noted, where it does not compile. */
export function compileFollow(
  { each, url, into, max, concurrency, onError }: FollowSpec,
  compile: PathTextCompiler,
  problems: Problem[],
): FollowPlan | undefined {
  const findElements = compileElements(each, compile, { name: 'each of follow', allowNull: true });
  const template = compileUrl(url, problems);
  const [literal = ''] = url.text.split('{{');
  if (findElements === undefined || template === undefined) return undefined;
  return {
    into,
    max,
    concurrency,
    onError,
    findElements,
    locate: (element, base) => {
      const reference = renderUrl(template, element);
      if (leavesFolder(reference, literal)) throw notBelow(literal);
      const target = resolveReference(reference, base);
      if (target !== undefined) return target;
      throw new ZxpError('redirect', 'what url of follow gives for it is not a URL', { hint: HINT });
    },
  };
}

function notBelow(literal: string): ZxpError {
  return new ZxpError('redirect', `its URL is not below ${literal}`, {
    hint: "'.', '..' and an empty text are not names of documents; 'items/{{ . | urlpath }}' escapes slashes",
  });
}

const HINT = "url is relative to the target: 'items/{{ . | urlpath }}', or 'items/{{ .id }}' for objects";

function compileUrl({ text, where }: FollowSpec['url'], problems: Problem[]): ValueTemplate | undefined {
  try {
    return compileValueTemplate(text, { now: () => new Date(), randomBytes, ...URL_LIMITS });
  } catch (thrown) {
    if (!(thrown instanceof TemplateError)) throw thrown;
    const { line, column, message, hint } = thrown;
    problems.push({ where, message: `is not a template: ${message} at line ${line}, column ${column}`, hint });
    return undefined;
  }
}

function renderUrl(template: ValueTemplate, element: unknown): string {
  if (element === null || typeof element === 'boolean') {
    throw new ZxpError('schema', 'it is neither text, a number, an object nor an array', { hint: HINT });
  }
  try {
    return template.render(element);
  } catch (cause) {
    if (!(cause instanceof TemplateError)) throw cause;
    throw new ZxpError('schema', 'the template url of follow does not fit it', {
      cause,
      hint: HINT,
      evidence: cause.message,
    });
  }
}
