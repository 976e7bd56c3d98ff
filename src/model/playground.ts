import type { Drop } from './drops.js';
import type { FailureReason } from './errors.js';
import type { ScrapeLimits } from './limits.js';

/** The largest document that the playground takes, in bytes of UTF-8. */
export const MAX_DOCUMENT_BYTES = 1024 * 1024;

/** The largest mapping, in bytes of UTF-8. */
export const MAX_MAPPING_BYTES = 256 * 1024;

/** Limits of an evaluation, however high those of scrapes are. */
export const MAX_LIMITS: ScrapeLimits = {
  bodyBytes: MAX_DOCUMENT_BYTES,
  depth: 512,
  nodes: 500_000,
  series: 20_000,
  labels: 64,
  labelLength: 4096,
};

/** The formats in which the playground shows metrics. */
export const playgroundFormats = ['text', 'openmetrics', 'openmetrics2'] as const;
export type PlaygroundFormat = (typeof playgroundFormats)[number];

/** What an evaluation is about. */
export interface PlaygroundInput {
  readonly document: string;
  /** What stands under `modules.NAME`, several modules by their names, or a whole file: YAML or JSON. */
  readonly mapping: string;
  /** Of several modules the one to use; the default one where it is empty. */
  readonly module: string;
  readonly format: PlaygroundFormat;
}

/** One piece of work, as plain data: it crosses to a worker thread. */
export type PlaygroundTask =
  | {
      readonly kind: 'evaluate';
      readonly input: PlaygroundInput;
      readonly limits: ScrapeLimits;
      readonly nowMs: number;
    }
  | { readonly kind: 'share'; readonly input: PlaygroundInput }
  | { readonly kind: 'infer'; readonly document: string; readonly name: string; readonly limits: ScrapeLimits };

/** The result of each kind of work. */
export interface PlaygroundResults {
  readonly evaluate: Evaluation;
  readonly share: ShareableInput;
  /** The text of a mapping. */
  readonly infer: string;
}

/** What is wrong with a mapping, and where: line and column count from 1. */
export interface PlaygroundProblem {
  readonly severity: 'error' | 'warning';
  readonly line: number;
  readonly column: number;
  /** The keys that lead there; empty for the text as a whole. */
  readonly path: string;
  readonly message: string;
  readonly hint?: string | undefined;
}

/** What a mapping makes of a document. */
export interface Evaluation {
  readonly problems: readonly PlaygroundProblem[];
  /** The names of the modules in the mapping; none where it is one module by itself. */
  readonly modules: readonly string[];
  /** The one that was used. */
  readonly module: string | undefined;
  /** What a scrape of the document gives; undefined where the mapping is invalid. */
  readonly scrape: EvaluatedScrape | undefined;
}

/** A scrape of the document, as its own caller may see it. */
export interface EvaluatedScrape {
  readonly up: boolean;
  readonly reason?: FailureReason | undefined;
  readonly message?: string | undefined;
  readonly hint?: string | undefined;
  /** What of the document shows why it failed. */
  readonly evidence?: string | undefined;
  readonly samples: number;
  readonly exposition: string;
  /** Whether the exposition is longer than what is here. */
  readonly isCut: boolean;
  readonly metrics: readonly EvaluatedMetric[];
  readonly dropped: number;
  /** The first of them. */
  readonly drops: readonly Drop[];
}

/** What became of one metric of the mapping. */
export interface EvaluatedMetric {
  readonly name: string;
  readonly line: number;
  readonly column: number;
  readonly path: string;
  /** Elements that the path matched. */
  readonly elements: number;
  readonly samples: number;
  readonly failures: readonly string[];
}

/** An input without what may be a secret: of modules only what translates, of the document no value of a telling name. */
export interface ShareableInput {
  readonly mapping: string;
  readonly document: string;
  /** What was left out, in words. */
  readonly leftOut: readonly string[];
}
