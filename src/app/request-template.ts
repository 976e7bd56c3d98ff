import { randomBytes } from 'node:crypto';
import { type Problem, ZxpError } from '../model/errors.js';
import type { RequestSpec, TemplateText } from '../model/module.js';
import type { RequestPlan } from '../scrape/collector.js';
import { compileTemplate, TemplateError } from '../template/template.js';
import { isOfCaller } from './module-credentials.js';

/** The parameters of a probe: names with all their values. */
export type Parameters = ReadonlyMap<string, readonly string[]>;

/** What a module's request becomes for the parameters of one probe. */
export interface RenderedRequest {
  readonly plan: RequestPlan;
  /** Query parameters that the target's URL gets besides its own. */
  readonly params: readonly (readonly [name: string, value: string])[];
}

export type RequestRenderer = (parameters: Parameters) => RenderedRequest;

type TextRenderer = (parameters: Parameters) => string;

const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/** Compiles the templates of a request. A text that is no template is a problem; json_exporter would send it as it is. */
export function compileRequest(
  spec: RequestSpec,
  context: { readonly problems: Problem[]; readonly isJsonExporter: boolean },
): RequestRenderer {
  const headers = spec.headers.map(([name, value]) => [name, compileText(value, context)] as const);
  const params = spec.params.map(([name, value]) => [name, compileText(value, context)] as const);
  const body = spec.body === undefined ? undefined : compileText(spec.body, context);
  const secretParams = spec.params.filter(([, value]) => value.isSecret).map(([name]) => name);
  const passesAuthorization = isOfCaller(spec.httpClient.credential);
  const credential = passesAuthorization ? undefined : spec.httpClient.credential?.kind;
  return (parameters) => ({
    params: params.map(([name, render]) => [name, render(parameters)]),
    plan: {
      method: body === undefined ? 'GET' : 'POST',
      headers: headers.map(([name, render]) => [name, checkHeader(name, render(parameters))]),
      ...(body === undefined ? {} : { body: body(parameters) }),
      validStatusCodes: spec.validStatusCodes,
      secretParams,
      credential,
      passesAuthorization,
    },
  });
}

function compileText(
  { text, isTemplate, where }: TemplateText,
  context: { readonly problems: Problem[]; readonly isJsonExporter: boolean },
): TextRenderer {
  if (!isTemplate) return () => text;
  try {
    const template = compileTemplate(text, { now: () => new Date(), randomBytes });
    return (parameters) => {
      try {
        return template.render(parameters);
      } catch (thrown) {
        if (context.isJsonExporter) return text;
        throw toRequestError(thrown, where);
      }
    };
  } catch (thrown) {
    context.problems.push(describe(thrown, where));
    return () => text;
  }
}

function describe(thrown: unknown, where: string): Problem {
  if (!(thrown instanceof TemplateError)) throw thrown;
  const { line, column, message, hint } = thrown;
  return { where, message: `is not a template: ${message} at line ${line}, column ${column}`, hint };
}

function toRequestError(thrown: unknown, where: string): ZxpError {
  const { message, hint } = describe(thrown, where);
  return new ZxpError('request', `the parameters do not fit the template ${where}: ${message}`, {
    cause: thrown,
    hint,
  });
}

function checkHeader(name: string, value: string): string {
  if (HEADER_VALUE.test(value)) return value;
  throw new ZxpError('request', `the parameters put a line break or a control character into the header ${name}`);
}
