import type { Configuration } from '../config/load.js';
import { isName } from '../config/quotable.js';
import {
  consumesAuthorization,
  decideForwarding,
  forwardsAuthorization,
  isOfCaller,
} from '../model/credential-policy.js';
import type { Problem } from '../model/errors.js';
import type { AuthSpec, ModuleSpec, RequestSpec, TemplateText } from '../model/module.js';
import { isSecretName } from '../model/secret.js';
import { isOpenHeader } from '../net/masking.js';
import { listOwnOrigins, mayAsk } from './origins.js';

/** Whether a module sends something that is not its caller's. */
function holdsCredentials({ request }: ModuleSpec): boolean {
  const { credential, headers } = request.httpClient;
  return !isOfCaller(credential) || headers.length > 0 || findNamedCredential(request) !== undefined;
}

interface NamedCredential {
  readonly kind: 'header' | 'parameter';
  readonly name: string;
  readonly value: TemplateText;
}

/** The first header or parameter that counts as a credential. */
function findNamedCredential({ headers, params }: RequestSpec): NamedCredential | undefined {
  const all = [
    ...headers.map(([name, value]) => ({ kind: 'header', name, value }) as const),
    ...params.map(([name, value]) => ({ kind: 'parameter', name, value }) as const),
  ];
  return all.find(({ name, value }) => value.isSecret || isCredentialName(name));
}

/** A code that a file has is one of countries or of currencies, and not one of OAuth, which is good for one request. */
function isCredentialName(name: string): boolean {
  return isSecretName(name) && name.toLowerCase() !== 'code';
}

/**
 * Whether what a request of a module shows is for its operator: credentials, secrets or a client certificate of the
 * configuration go along, with the module or the auth that it is used with; or it is a file or a socket of this machine.
 */
export function showsOperatorsView(
  module: ModuleSpec,
  { url, auth }: { readonly url: URL; readonly auth: AuthSpec | undefined },
): boolean {
  const { httpClient, body } = module.request;
  const clients = auth === undefined ? [httpClient] : [httpClient, auth.httpClient];
  return (
    holdsCredentials(module) ||
    module.request.headers.some(([name, value]) => !isOpenHeader(name) && hasLiteral(value)) ||
    module.request.params.some(([, value]) => hasLiteral(value)) ||
    (auth !== undefined && !(auth.forward && isOfCaller(auth.httpClient.credential))) ||
    clients.some(({ tls, headers }) => tls.cert !== undefined || headers.length > 0) ||
    body?.text.split(/[^\w-]+/).some(isSecretName) === true ||
    !/^https?:$/.test(url.protocol) ||
    [...url.searchParams.keys()].some(isSecretName)
  );
}

/** Whether any of a text is the configuration's own, and not the caller's. */
function hasLiteral({ text, isTemplate }: TemplateText): boolean {
  return !isTemplate || /["'`]/.test(text) || text.replace(/\{\{.*?\}\}/gs, '').trim() !== '';
}

/** A module that holds credentials must say where they may go. */
export function checkCredentials(
  spec: ModuleSpec,
  configuration: Configuration,
  findings: { readonly problems: Problem[]; readonly warnings: Problem[] },
): void {
  checkLogin(spec, configuration, findings.problems);
  if (spec.allow !== undefined || listOwnOrigins(spec, configuration).length > 0) return;
  const { where } = spec;
  const hint = 'list the origins that it may request: allow: ["https://api.example"], or name its targets';
  if (configuration.dialect === 'json_exporter' && spec.translator === 'mapping') {
    findings.warnings.push({ where, message: describeOpen(spec, configuration), hint });
  } else if (holdsCredentials(spec)) {
    findings.problems.push({ ...describeCredentials(spec), hint });
  }
}

/** What counts as a credential, and where it is. */
function describeCredentials({ request, where }: ModuleSpec): Problem {
  const message = 'credentials need allow or targets';
  const { credential, headers } = request.httpClient;
  const found = findNamedCredential(request);
  if (found === undefined || !isOfCaller(credential) || headers.length > 0) return { where, message };
  const { kind, name, value } = found;
  const reason = value.isSecret ? ', as its value is from the environment' : ' by its name';
  const what = isName(name) ? `the ${kind} ${name}` : `a ${kind}`;
  return { where: value.where, message: `${message}: ${what} counts as a credential${reason}` };
}

/** What whoever may scrape zxp can do with a module that may ask anybody. */
function describeOpen(spec: ModuleSpec, { access }: Configuration): string {
  if (holdsCredentials(spec)) {
    return 'has credentials and no allow: any client of zxp can have them sent anywhere';
  }
  const any = 'has no allow: any client of zxp can have it request any address';
  const isPassedOn = forwardsAuthorization(decideForwarding(spec.request), consumesAuthorization(access));
  return isPassedOn ? `${any}; the Authorization of the job goes along` : any;
}

/** A login is part of what a module may ask. */
function checkLogin(spec: ModuleSpec, configuration: Configuration, problems: Problem[]): void {
  const { credential } = spec.request.httpClient;
  if (credential?.kind !== 'login' || typeof credential.url === 'string') return;
  if (mayAsk(credential.url, spec, configuration)) return;
  problems.push({
    where: credential.where,
    message: 'has a url that the module may not request',
    hint: `list its origin: allow: ["${credential.url.origin}"], or give a path: it is requested on the target's own origin`,
  });
}
