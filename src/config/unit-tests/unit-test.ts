import type { DropCause } from '../../model/drops.js';
import type { FailureReason } from '../../model/errors.js';
import type { HeaderList } from '../../model/ports.js';

/** A file of unit tests for modules. */
export interface UnitTestFile {
  readonly name: string;
  /** The config file with the modules; undefined for the built-in modules alone. */
  readonly configFile: { readonly path: string; readonly where: string } | undefined;
  /** Variables that the config file names. */
  readonly environment: Readonly<Record<string, string>>;
  readonly tests: readonly UnitTest[];
}

/** One test: a response, the module that translates it, and what must come of it. */
export interface UnitTest {
  readonly where: string;
  readonly name: string;
  /** The module and where it is named; undefined for the one that the configuration uses. */
  readonly module: { readonly name: string; readonly where: string } | undefined;
  /** What the first request gets. */
  readonly response: UnitTestResponse;
  /** What further requests get, of pages and of follow; undefined where the document is the whole. */
  readonly responses: readonly UnitTestResponse[] | undefined;
  /** Parameters of `/probe`. */
  readonly params: readonly (readonly [name: string, value: string])[];
  /** Milliseconds since 1970; undefined for the time of the run. */
  readonly nowMs: number | undefined;
  readonly format: UnitTestFormat;
  /** Undefined where the scrape must fail. */
  readonly exposition: Source | undefined;
  /** Whether further samples are fine. */
  readonly isSubset: boolean;
  readonly failure: ExpectedFailure | undefined;
  /** Samples that must be dropped, by cause; causes that are not here are not looked at. */
  readonly drops: readonly (readonly [cause: DropCause, samples: number])[];
}

/** A response to a request for a URL. */
export interface UnitTestResponse {
  readonly url: URL;
  readonly document: Source;
  readonly status: number;
  readonly headers: HeaderList;
}

/** A text that is in the file itself, or in another. */
export type Source = { readonly where: string } & ({ readonly text: string } | { readonly path: string });

export interface ExpectedFailure {
  readonly reason: FailureReason;
  /** What the message must contain. */
  readonly message: string | undefined;
}

export const unitTestFormats = ['text', 'openmetrics', 'openmetrics2'] as const;
export type UnitTestFormat = (typeof unitTestFormats)[number];

/** Reasons that a response can have; others are those of connections. */
export const testableReasons = [
  'redirect',
  'unauthorized',
  'forbidden',
  'status',
  'too_large',
  'decode',
  'schema',
  'content',
  'limit',
] as const satisfies readonly FailureReason[];
