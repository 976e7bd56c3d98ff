import { type DropRecord, DropTally } from '../model/drops.js';
import { type ErrorCode, toZxpError, ZxpError } from '../model/errors.js';
import type { MetricDetail } from '../model/metrics.js';
import type { RenderedDocument, RenderTask } from '../model/ports.js';
import type { TranslatorSpec } from '../translate/translator-spec.js';

/** What a render worker is told. It answers each `render` with one reply, and gets the next one only then. */
export type RenderMessage = RenderOrder | { readonly kind: 'forget'; readonly recipeId: number };

export interface RenderOrder {
  readonly kind: 'render';
  readonly recipeId: number;
  /** Present where the worker does not know it yet. */
  readonly recipe: TranslatorSpec | undefined;
  readonly task: RenderTask;
}

/** What comes back: errors and tallies are classes, which do not cross as they are. */
export type RenderReply =
  | {
      readonly chunks: readonly Uint8Array[];
      readonly samples: number;
      readonly drops: DropRecord;
      readonly details: readonly MetricDetail[];
    }
  | { readonly failure: Failure };

/** An error, as plain data. */
export interface Failure {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint: string | undefined;
  readonly evidence: string | undefined;
}

/** The reply to a task that is done. */
export function packReply({ chunks, samples, drops, details }: RenderedDocument): RenderReply {
  return { chunks, samples, drops: drops.record, details };
}

/** The reply to a task that failed. */
export function packFailure(thrown: unknown): { readonly failure: Failure } {
  const { code, message, hint, evidence } = toZxpError(thrown);
  return { failure: { code, message, hint, evidence } };
}

/** The document of a reply. Throws the ZxpError that it has instead. */
export function unpackReply(reply: RenderReply): RenderedDocument {
  if ('failure' in reply) throw unpackFailure(reply.failure);
  return { ...reply, drops: new DropTally(reply.drops) };
}

/** The error of a failure. */
export function unpackFailure(failure: Failure): ZxpError {
  return new ZxpError(failure.code, failure.message, failure);
}

/** The memory of bytes, to move it to another thread. */
export function listMemory(bytes: readonly Uint8Array[]): readonly ArrayBuffer[] {
  return bytes.flatMap(({ buffer }) => (buffer instanceof ArrayBuffer ? [buffer] : []));
}

/** The bytes in memory of their own: themselves if they fill theirs, else a copy. */
export function isolateBytes(bytes: Uint8Array): Uint8Array {
  return bytes.byteLength === bytes.buffer.byteLength ? bytes : new Uint8Array(bytes);
}
