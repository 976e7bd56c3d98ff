import { type DropRecord, DropTally } from '../model/drops.js';
import { type ErrorCode, toZxpError, ZxpError } from '../model/errors.js';
import type { MetricDetail } from '../model/metrics.js';
import type { RenderedDocument, RenderTask } from '../model/ports.js';
import type { ReadOrder, ReadReply } from '../model/read-task.js';
import type { ModuleRecipe } from '../modules/module-recipe.js';

/** What a render worker is told. It answers each `render` with one reply, and gets the next one only then. */
export type RenderMessage = RenderOrder | ReadingOrder | { readonly kind: 'forget'; readonly recipeId: number };

/** Of which module a document is. */
export interface RecipeRef {
  readonly recipeId: number;
  /** Present where the worker does not know it yet. */
  readonly recipe: ModuleRecipe | undefined;
}

export interface RenderOrder extends RecipeRef {
  readonly kind: 'render';
  readonly task: RenderTask;
}

export interface ReadingOrder extends RecipeRef {
  readonly kind: 'read';
  readonly order: ReadOrder;
}

/** What comes back: errors and tallies are classes, which do not cross as they are. */
export type RenderReply =
  | ReadReply
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
export function unpackRendered(reply: RenderReply): RenderedDocument {
  if ('failure' in reply) throw unpackFailure(reply.failure);
  if ('chunks' in reply) return { ...reply, drops: new DropTally(reply.drops) };
  throw new ZxpError('internal', 'the thread has read a document that it was to render');
}

/** What was read of a document. Throws the ZxpError that the reply has instead. */
export function unpackRead(reply: RenderReply): ReadReply {
  if ('failure' in reply) throw unpackFailure(reply.failure);
  if ('result' in reply) return reply;
  throw new ZxpError('internal', 'the thread has rendered a document that it was to read');
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

/** A reading with its bytes in memory of their own, and those bytes, which can move to another thread. */
export function isolateReading({ body, result }: ReadReply): {
  readonly reply: ReadReply;
  readonly moved: readonly Uint8Array[];
} {
  const own = isolateBytes(body);
  if (result.kind !== 'page') return { reply: { body: own, result }, moved: [own] };
  const elements = isolateBytes(result.elements);
  const around = result.around && {
    before: isolateBytes(result.around.before),
    after: isolateBytes(result.around.after),
  };
  const moved = [own, elements, ...(around === undefined ? [] : [around.before, around.after])];
  return { reply: { body: own, result: { ...result, elements, around } }, moved };
}
