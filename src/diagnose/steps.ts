import type { FailureReason } from '../model/errors.js';
import type { ScrapePhase } from '../model/fetch-record.js';

/** What a scrape goes through, in this order. */
export const diagnosticSteps = [
  'configuration',
  'resolve',
  'connect',
  'proxy',
  'tls',
  'credentials',
  'request',
  'status',
  'decode',
  'content',
  'translate',
  'exposition',
] as const;

export type DiagnosticStep = (typeof diagnosticSteps)[number];

/** The step that a reason belongs to; `phase` for one that may come at any step: it belongs to the one that was under way. */
const stepOfReason = {
  config: 'configuration',
  dns: 'resolve',
  blocked: 'resolve',
  connect: 'connect',
  tls: 'tls',
  unauthorized: 'credentials',
  forbidden: 'credentials',
  timeout: 'phase',
  closed: 'status',
  protocol: 'status',
  redirect: 'status',
  status: 'status',
  too_large: 'decode',
  encoding: 'decode',
  decode: 'decode',
  content: 'content',
  schema: 'translate',
  limit: 'translate',
  internal: 'phase',
} as const satisfies Record<FailureReason, DiagnosticStep | 'phase'>;

/** The step that is under way in a phase of the scrape. */
const stepOfPhase = {
  wait: 'credentials',
  resolve: 'resolve',
  connect: 'connect',
  tls: 'tls',
  processing: 'request',
  transfer: 'decode',
  translate: 'translate',
} as const satisfies Record<ScrapePhase, DiagnosticStep>;

/** The step that failed. What cannot be connected to is the proxy where there is one. */
export function findStep(
  reason: FailureReason,
  { phase, hasProxy }: { readonly phase: ScrapePhase; readonly hasProxy: boolean },
): DiagnosticStep {
  const named = stepOfReason[reason];
  const step = named === 'phase' ? stepOfPhase[phase] : named;
  return step === 'connect' && hasProxy ? 'proxy' : step;
}
