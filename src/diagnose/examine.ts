import { countOf } from '../model/count.js';
import { type DropCause, dropCauses } from '../model/drops.js';
import type { Problem, ZxpError } from '../model/errors.js';
import type { ScrapePhase } from '../model/fetch-record.js';
import { isLoopbackAddress } from '../net/loopback.js';
import { maskParameters, maskUrl, maskUserinfo } from '../net/masking.js';
import { advise, findHeader, sendsAuthorization } from './advice.js';
import type { Diagnosis, Evidence, StepFailure, StepReport, StepWarning } from './diagnosis.js';
import { toLine } from './line.js';
import { type DiagnosticStep, diagnosticSteps, findStep } from './steps.js';

/** What a step that did not fail showed; `isSkipped` where it does not apply or was not come to. */
interface Observation {
  readonly seen: string;
  readonly isSkipped?: boolean;
  readonly seconds?: number | undefined;
  readonly warnings?: readonly StepWarning[];
}

/** What is said of the steps after the one that failed. */
const NOT_CHECKED = 'not checked';

/** The diagnosis of a scrape, good or bad. */
export function examineScrape(evidence: Evidence): Diagnosis {
  const { mask } = evidence;
  const show = (text: string) => toLine(mask(text));
  const failure = findFailure(evidence, show);
  const failed = failure === undefined ? diagnosticSteps.length : diagnosticSteps.indexOf(failure.step);
  const steps = diagnosticSteps.map((step, i): StepReport => {
    if (i > failed) return { step, status: 'skipped', seen: NOT_CHECKED, warnings: [] };
    if (i === failed) return { step, status: 'failed', seen: failure?.message ?? '', warnings: [] };
    const { seen, isSkipped = false, seconds, warnings = [] } = observers[step](evidence);
    const lines = warnings.map(({ message, hint }) => ({ message: show(message), hint: hint && show(hint) }));
    const status = isSkipped ? 'skipped' : lines.length > 0 ? 'warning' : 'ok';
    return { step, status, seen: show(seen), seconds, warnings: lines };
  });
  const { target, module, trace, url } = evidence;
  return { target: show(target), url: trace?.request?.url ?? maskUrl(url), module, steps, failure };
}

/** The diagnosis of a configuration that cannot be used: no scrape was made. */
export function examineConfiguration(target: string, error: ZxpError): Diagnosis {
  const { message, problems, hint = 'zxp check shows every problem with its line' } = error;
  const failure: StepFailure = { step: 'configuration', reason: 'config', message: toLine(message), hint, problems };
  const steps = diagnosticSteps.map((step, i): StepReport => {
    const isFirst = i === 0;
    return {
      step,
      status: isFirst ? 'failed' : 'skipped',
      seen: isFirst ? failure.message : NOT_CHECKED,
      warnings: [],
    };
  });
  return { target: toLine(maskParameters(maskUserinfo(target))), url: undefined, module: undefined, steps, failure };
}

function findFailure(evidence: Evidence, show: (text: string) => string): StepFailure | undefined {
  const { outcome, exposition, trace } = evidence;
  const { reason, message = '', fetched, samples } = outcome;
  const fail = (step: DiagnosticStep, failure: Omit<StepFailure, 'step' | 'problems'>): StepFailure => ({
    ...failure,
    step,
    message: show(failure.message),
    hint: show(failure.hint),
    problems: [],
  });
  if (reason !== undefined) {
    const phase: ScrapePhase = fetched?.phases.current ?? 'wait';
    const step =
      trace?.authRequest !== undefined
        ? 'credentials'
        : findStep(reason, { phase, hasProxy: fetched?.connection?.proxy !== undefined });
    return fail(step, { reason, message: describeFailure(message, evidence), hint: advise(reason, evidence) });
  }
  if (samples === 0) return fail('translate', { reason: undefined, ...describeNothing(evidence) });
  if (exposition?.failure !== undefined) {
    return fail('exposition', {
      reason: 'internal',
      message: exposition.failure,
      hint: advise('internal', evidence),
    });
  }
  return undefined;
}

/** With what the reply shows of it. */
function describeFailure(message: string, { outcome, trace }: Evidence): string {
  const { reason, fetched } = outcome;
  const { remote } = fetched?.connection ?? {};
  if (reason === 'connect' && remote !== undefined && fetched?.phases.current === 'tls') {
    return `${message}; ${remote} took the connection and did not finish the TLS handshake`;
  }
  const { authRequest } = trace ?? {};
  if (authRequest !== undefined) return `${message} (${authRequest.method} ${authRequest.url})`;
  if (trace?.evidence !== undefined) return `${message}; found ${trace.evidence}`;
  const challenge = reason === 'unauthorized' ? findHeader(trace, 'www-authenticate') : undefined;
  if (challenge !== undefined) return `${message}; it asks for ${challenge}`;
  const type = reason === 'status' ? findHeader(trace, 'content-type') : undefined;
  return type === undefined ? message : `${message}, with a body of ${type}`;
}

/** Why a good reply gives no sample. */
function describeNothing({ outcome, trace }: Evidence): { readonly message: string; readonly hint: string } {
  const { drops } = outcome;
  const details = trace?.details ?? [];
  const isMissing = details.length > 0 && drops.total === drops.count('missing');
  const [first] = drops.examples;
  if (first !== undefined && !isMissing) {
    const dropped = `no sample is left: ${count(drops.total, 'sample')} dropped`;
    const message = `${dropped}, the first for ${first.cause}: ${first.where}: ${first.message}`;
    return { message, hint: 'each cause of dropped samples has a section in the troubleshooting page' };
  }
  if (details.length === 0) {
    return { message: 'nothing matched: the document has no metrics', hint: 'look at the document: curl URL' };
  }
  const paths = details.slice(0, MAX_NAMED).map(({ name, path }) => `${name} (${path === '' ? 'no path' : path})`);
  const more = details.length > MAX_NAMED ? ` and ${details.length - MAX_NAMED} more` : '';
  return {
    message: `nothing matched: ${paths.join(', ')}${more}`,
    hint: 'is this the document that the module was written for? zxp scrape --debug shows what each path matched',
  };
}

const MAX_NAMED = 5;

/** A certificate that expires this soon is worth a warning. */
const SOON_SECONDS = 14 * 86_400;

const observers: Record<DiagnosticStep, (evidence: Evidence) => Observation> = {
  configuration: ({ configuration: { description, warnings } }) => ({
    seen: description,
    warnings: warnings.map(toWarning),
  }),
  resolve: ({ url, outcome }) => {
    const connection = outcome.fetched?.connection;
    if (isLocal(url)) return skip('not needed: it is on this machine');
    if (connection === undefined) return skip('not reached');
    const whose = connection.proxy === undefined ? url.hostname : `the proxy ${connection.proxy}`;
    const { addresses } = connection;
    if (addresses === undefined) return skip('not needed: the URL has an address');
    const shown = addresses.slice(0, MAX_NAMED).join(', ');
    const more = addresses.length > MAX_NAMED ? ` and ${addresses.length - MAX_NAMED} more` : '';
    return { seen: `${whose} is ${shown}${more}`, seconds: secondsOf(outcome, 'resolve') };
  },
  connect: ({ url, outcome }) => {
    const remote = outcome.fetched?.connection?.remote;
    if (url.protocol === 'file:') return { seen: 'the file is open' };
    return remote === undefined ? skip('not reached') : { seen: remote, seconds: secondsOf(outcome, 'connect') };
  },
  proxy: ({ outcome }) => {
    const connection = outcome.fetched?.connection;
    if (connection?.proxy === undefined) return skip('none is used');
    return { seen: `through ${connection.proxy}` };
  },
  tls: observeTls,
  credentials: observeCredentials,
  request: ({ trace, outcome }) => {
    if (trace?.request === undefined) return skip('not reached');
    const { method, url } = trace.request;
    const made = outcome.fetched?.requests?.made ?? 1;
    const seconds = secondsOf(outcome, 'processing');
    const unused = trace.unusedParams ?? [];
    const warnings = unused.map((name) => ({ message: `nothing reads the parameter ${name}` }));
    return { seen: `${method} ${url}${made === 1 ? '' : `, and ${made - 1} more`}`, seconds, warnings };
  },
  status: ({ url, outcome, trace }) => {
    if (url.protocol === 'file:') return skip('not needed: it is a file');
    const type = findHeader(trace, 'content-type');
    return { seen: `${outcome.statusCode}${type === undefined ? '' : `, ${type}`}` };
  },
  decode: ({ outcome, trace }) => ({
    seen: `${trace?.response?.bytes ?? 0} bytes`,
    seconds: secondsOf(outcome, 'transfer'),
  }),
  content: ({ conditions }) =>
    conditions === 0
      ? skip('the module has no fail_if')
      : { seen: count(conditions, 'condition', 'of fail_if passed') },
  translate: observeTranslation,
  exposition: observeExposition,
};

function observeTls({ url, outcome, nowMs }: Evidence): Observation {
  if (url.protocol !== 'https:') return skip(`not used: ${url.protocol.slice(0, -1)}`);
  const tls = outcome.fetched?.tls;
  if (tls === undefined) return skip('not reached');
  const { version, expirySeconds, defect } = tls;
  const warnings: StepWarning[] = [];
  if (defect !== undefined) {
    warnings.push({
      message: `the certificate is not verified, and would not pass: ${defect}`,
      hint: 'name its CA in ca_file and remove insecure_skip_verify',
    });
  }
  const seconds = secondsOf(outcome, 'tls');
  if (expirySeconds === undefined) return { seen: version, seconds, warnings };
  const left = expirySeconds - nowMs / 1000;
  if (left < SOON_SECONDS) {
    const when = left < 0 ? 'has expired' : `expires in ${Math.floor(left / 86_400)} days`;
    warnings.push({ message: `a certificate ${when}`, hint: 'renew it' });
  }
  const date = new Date(expirySeconds * 1000).toISOString().slice(0, 10);
  return { seen: `${version}, certificate valid until ${date}`, seconds, warnings };
}

function observeCredentials(evidence: Evidence): Observation {
  const { url, outcome, trace, bringsAuthorization } = evidence;
  if (url.protocol === 'file:') return skip('not needed: it is a file');
  if (trace?.request === undefined) return skip('not reached');
  const warnings: StepWarning[] = [];
  const isSent = sendsAuthorization(trace);
  if (bringsAuthorization && (trace.credential !== undefined || !isSent)) {
    warnings.push({
      message: 'the Authorization of the command line does not go to the target',
      hint: 'the module or the auth decides: it has credentials of its own, or forwards none',
    });
  }
  const remote = outcome.fetched?.connection?.remote;
  const isPlain = url.protocol === 'http:' && remote !== undefined && !isOfThisMachine(remote);
  if (isPlain && (isSent || trace.credential !== undefined)) {
    warnings.push({ message: 'credentials are sent over plaintext HTTP', hint: 'use https, if the upstream has it' });
  }
  if (trace.credential !== undefined) return { seen: `of the configuration: ${trace.credential}`, warnings };
  if (isSent) return { seen: "the scraper's own Authorization", warnings };
  return { seen: 'none were sent', warnings };
}

function observeTranslation({ outcome, trace }: Evidence): Observation {
  const { samples, drops } = outcome;
  const empty = (trace?.details ?? []).filter((each) => each.samples === 0);
  const warnings: StepWarning[] = empty.slice(0, MAX_NAMED).map(({ name, where, path, elements, failures }) => {
    const matched = path === '' ? '' : `: ${path} matched ${count(elements, 'element')}`;
    const [failure] = failures;
    return { message: `${where}: ${name} has no sample${matched}${failure === undefined ? '' : ` (${failure})`}` };
  });
  if (empty.length > MAX_NAMED)
    warnings.push({ message: `and ${empty.length - MAX_NAMED} more metrics without samples` });
  const causes = dropCauses.filter((cause) => drops.count(cause) > 0);
  for (const cause of causes) warnings.push(describeDrop(cause, drops));
  return { seen: count(samples, 'sample'), seconds: secondsOf(outcome, 'translate'), warnings };
}

function describeDrop(cause: DropCause, drops: Evidence['outcome']['drops']): StepWarning {
  const example = drops.examples.find((each) => each.cause === cause);
  const where = example === undefined ? '' : `, the first: ${example.where}: ${example.message}`;
  return { message: `${count(drops.count(cause), 'sample')} dropped for ${cause}${where}` };
}

function observeExposition({ exposition }: Evidence): Observation {
  if (exposition === undefined) return skip('not reached');
  const { bytes, refusals } = exposition;
  const warnings = refusals.slice(0, MAX_NAMED).map(({ format, family, message }) => ({
    message: `${format} leaves ${family} out: ${message}`,
  }));
  return { seen: `target_up 1, ${bytes} bytes of text`, warnings };
}

function skip(seen: string): Observation {
  return { seen, isSkipped: true };
}

function isLocal({ protocol }: URL): boolean {
  return protocol === 'file:' || protocol === 'unix:';
}

/** Of `ADDRESS:PORT`, `[ADDRESS]:PORT`, or a socket. */
function isOfThisMachine(remote: string): boolean {
  return remote.startsWith('/') || isLoopbackAddress(remote.replace(/:\d+$/, '').replace(/^\[|\]$/g, ''));
}

function secondsOf({ fetched }: Evidence['outcome'], phase: ScrapePhase): number | undefined {
  return fetched?.phases.seconds(phase);
}

function toWarning({ where, message, hint }: Problem): StepWarning {
  return { message: `${where}: ${message}`, hint };
}

function count(number: number, noun: string, rest = ''): string {
  return `${countOf(number, noun)}${rest === '' ? '' : ` ${rest}`}`;
}
