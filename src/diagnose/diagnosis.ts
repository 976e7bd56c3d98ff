import type { FailureReason, Problem } from '../model/errors.js';
import type { ScrapeOutcome, ScrapeTrace } from '../model/scrape.js';
import type { DiagnosticStep } from './steps.js';

/** How a step went; `skipped` is one that does not apply, or that the scrape did not come to. */
export type StepStatus = 'ok' | 'warning' | 'failed' | 'skipped';

/** Something that does not fail a step, and may be a mistake. */
export interface StepWarning {
  readonly message: string;
  readonly hint?: string | undefined;
}

export interface StepReport {
  readonly step: DiagnosticStep;
  readonly status: StepStatus;
  /** What was seen, in one line without secrets. */
  readonly seen: string;
  /** How long it took, where that was measured. */
  readonly seconds?: number | undefined;
  readonly warnings: readonly StepWarning[];
}

/** The step that failed, why, and what to do about it. */
export interface StepFailure {
  readonly step: DiagnosticStep;
  /** As `target_scrape_error` has it; undefined where the scrape is good and exposes nothing. */
  readonly reason: FailureReason | undefined;
  readonly message: string;
  readonly hint: string;
  /** Every problem of an invalid configuration. */
  readonly problems: readonly Problem[];
}

/** A target, step by step. */
export interface Diagnosis {
  /** What was named. */
  readonly target: string;
  /** What is requested, secrets masked; undefined where the configuration is invalid. */
  readonly url: string | undefined;
  readonly module: string | undefined;
  /** All twelve, in their order. */
  readonly steps: readonly StepReport[];
  /** Undefined where all is well. */
  readonly failure: StepFailure | undefined;
}

/** What one scrape and its configuration showed. */
export interface Evidence {
  readonly target: string;
  readonly url: URL;
  readonly module: string;
  readonly outcome: ScrapeOutcome;
  /** What the command line knows to do about the failure: another module, another path. */
  readonly sourceHint: string | undefined;
  /** Milliseconds since 1970, for certificates that expire. */
  readonly nowMs: number;
  readonly trace: ScrapeTrace | undefined;
  readonly configuration: {
    /** What was read, in a line. */
    readonly description: string;
    readonly warnings: readonly Problem[];
  };
  /** Masks what was sent, wherever an upstream repeats it. */
  readonly mask: (text: string) => string;
  /** Whether the command line brings an `Authorization`. */
  readonly bringsAuthorization: boolean;
  /** How many conditions `fail_if` of the module has. */
  readonly conditions: number;
  /** What was written for Prometheus; undefined where the scrape failed before. */
  readonly exposition: Exposition | undefined;
}

export interface Exposition {
  /** Bytes in the text format. */
  readonly bytes: number;
  /** Formats that have no form for some of the families, and why. */
  readonly refusals: readonly { readonly format: string; readonly family: string; readonly message: string }[];
  /** Why nothing could be written; undefined where it was. */
  readonly failure?: string | undefined;
}
