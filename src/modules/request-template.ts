import { decideForwarding, isOfCaller } from '../model/credential-policy.js';
import { ZxpError } from '../model/errors.js';
import { isHeaderValue } from '../model/header-syntax.js';
import type { RequestSpec, TemplateText } from '../model/module.js';
import type { PreparedRequest } from '../model/scrape.js';
import type { Parameters, TextContext, TextRenderer } from './text-template.js';

/** What a module's request becomes for the parameters of one probe. */
export interface RenderedRequest {
  readonly plan: PreparedRequest;
  /** Query parameters that the target's URL gets besides its own. */
  readonly params: readonly (readonly [name: string, value: string])[];
}

export type RequestRenderer = (parameters: Parameters) => RenderedRequest;

/** Compiles the templates of a request. A text that is no template is a problem; json_exporter would send it as it is. */
export async function compileRequest(spec: RequestSpec, context: TextContext): Promise<RequestRenderer> {
  const compileNamed = ([name, value]: readonly [string, TemplateText]) =>
    compileText(value, context).then((render) => [name, render] as const);
  const headers = await Promise.all(spec.headers.map(compileNamed));
  const params = await Promise.all(spec.params.map(compileNamed));
  const body = spec.body === undefined ? undefined : await compileText(spec.body, context);
  const secretParams = spec.params.filter(([, value]) => value.isSecret).map(([name]) => name);
  const passesAuthorization = decideForwarding(spec) !== 'never';
  const credential = isOfCaller(spec.httpClient.credential) ? undefined : spec.httpClient.credential?.kind;
  const render: RequestRenderer = (parameters) => ({
    params: params.map(([name, renderText]) => [name, renderText(parameters)]),
    plan: {
      method: body === undefined ? 'GET' : 'POST',
      headers: headers.map(([name, renderText]) => [name, checkHeader(name, renderText(parameters))]),
      body: body?.(parameters),
      validStatusCodes: spec.validStatusCodes,
      secretParams,
      credential,
      passesAuthorization,
    },
  });
  return isConstant(spec) ? renderOnce(render) : render;
}

/** Whether a request is the same whatever the parameters are, and whenever it is made. */
export function isConstant({ headers, params, body }: RequestSpec): boolean {
  return body?.isTemplate !== true && ![...headers, ...params].some(([, value]) => value.isTemplate);
}

function renderOnce(render: RequestRenderer): RequestRenderer {
  let rendered: RenderedRequest | undefined;
  return (parameters) => {
    rendered ??= render(parameters);
    return rendered;
  };
}

async function compileText(value: TemplateText, context: TextContext): Promise<TextRenderer> {
  if (!value.isTemplate) return () => value.text;
  const { compileRenderer } = await import('./text-template.js');
  return compileRenderer(value, context);
}

function checkHeader(name: string, value: string): string {
  if (isHeaderValue(value)) return value;
  throw new ZxpError('request', `the parameters put a line break or a control character into the header ${name}`);
}
