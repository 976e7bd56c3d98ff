import { expect, vi } from 'vitest';
import { finishSteps } from '../../src/async/steps.js';
import { ByteWriter } from '../../src/exposition/byte-writer.js';
import { WritingCache } from '../../src/exposition/placed-lines.js';
import { writeFamilies } from '../../src/exposition/write-families.js';
import { ZxpError } from '../../src/model/errors.js';
import type { ScrapeLimits } from '../../src/model/limits.js';
import type { ExpositionFormat } from '../../src/model/metrics.js';
import type { Translator } from '../../src/model/ports.js';
import { FormatSink } from '../../src/scrape/format-sink.js';
import { MemoryGuard, UNLIMITED } from '../../src/scrape/memory-guard.js';
import { renderDocument } from '../../src/scrape/render-document.js';
import { type ReadDocument, readAndWrite, readDocument } from '../../src/scrape/translate-document.js';
import { unlimitedWork } from '../support/unlimited-work.js';

export const lineFormats: readonly ExpositionFormat[] = [
  'text',
  'text-dots',
  'text-values',
  'text-utf8',
  'openmetrics',
  'openmetrics-dots',
  'openmetrics-utf8',
  'openmetrics2',
  'openmetrics2-dots',
  'openmetrics2-utf8',
];
export const formats: readonly ExpositionFormat[] = [...lineFormats, 'protobuf', 'protobuf-dots', 'protobuf-utf8'];
const factNames = ['target_up', 'target_samples'];

export interface Scrape {
  readonly translator: Translator;
  readonly body: Buffer;
  readonly format: ExpositionFormat;
  readonly limits: ScrapeLimits;
}

function describeError(thrown: unknown): unknown {
  if (!(thrown instanceof ZxpError)) throw thrown;
  return { code: thrown.code, message: thrown.message, hint: thrown.hint };
}

/** What is exposed of a document, as plain data; its text is read later, when other documents were exposed. */
type Exposed = () => unknown;

/** A document in one piece, as a scrape reads it in the main thread; without a sink all of its rows are kept. */
function expose(
  { translator, body, format, limits }: Scrape,
  writing?: { readonly sink: FormatSink; readonly cache: WritingCache },
): Exposed {
  try {
    const task = { limits, factNames, translator, format, work: unlimitedWork };
    const steps = writing === undefined ? readDocument(body, task) : readAndWrite(body, { ...task, ...writing });
    const { written = [], families, samples, drops, details } = finishSteps<WrittenDocument>(steps);
    const writer = new ByteWriter();
    const others = [...writeFamilies(writer, families, { format, reservedNames: factNames })];
    const chunks = [...written, ...others, writer.finish()];
    return () => ({ text: Buffer.concat(chunks).toString('latin1'), samples, drops: drops.record, details });
  } catch (thrown) {
    const error = describeError(thrown);
    return () => error;
  }
}

type WrittenDocument = ReadDocument & { readonly written?: readonly Uint8Array[] };

export const scrape = (given: Scrape): unknown => expose(given)();

class CountingSink extends FormatSink {
  taken = 0;

  override takePlaced(...given: Parameters<FormatSink['takePlaced']>): boolean {
    const isTaken = super.takePlaced(...given);
    if (isTaken) this.taken++;
    return isTaken;
  }
}

class RefusingSink extends FormatSink {
  override takePlaced(): boolean {
    return false;
  }
}

export interface Compared {
  /** How often rows were taken in places. */
  readonly taken: number;
  /** Expects all ways to have given the same. */
  readonly check: () => void;
}

/** Scrapes a document in all ways. */
export function startComparing(given: Scrape, cache: WritingCache): Compared {
  const { format, limits } = given;
  const options = { format, limits, guard: new MemoryGuard(UNLIMITED), minRows: Infinity };
  const sink = new CountingSink({ ...options, cache });
  const found = expose(given, { sink, cache });
  const other = new WritingCache();
  const refused = expose(given, { sink: new RefusingSink({ ...options, cache: other }), cache: other });
  const check = () => {
    expect(found()).toEqual(refused());
    expect(found()).toEqual(scrape(given));
  };
  return { taken: sink.taken, check };
}

/** The same for one document alone. */
export function compareWhole(given: Scrape): number {
  const { taken, check } = startComparing(given, new WritingCache());
  check();
  return taken;
}

export interface Chunking {
  readonly chunkBytes: number;
  readonly minRows: number;
}

function render({ translator, body, format, limits }: Scrape, chunking: Chunking) {
  try {
    const task = { body, limits, format, factNames };
    const { chunks, samples, drops, details } = renderDocument(task, translator, chunking);
    return { text: Buffer.concat(chunks).toString('latin1'), samples, drops: drops.record, details };
  } catch (thrown) {
    return describeError(thrown);
  }
}

export const hasFailed = (found: unknown) => typeof found === 'object' && found !== null && 'code' in found;

/** The same for a document in chunks. */
export function compareChunks(given: Scrape, chunking: Chunking): number {
  const spied = vi.spyOn(FormatSink.prototype, 'takePlaced');
  const found = render(given, chunking);
  const taken = spied.mock.results.filter(({ value }) => value === true).length;
  spied.mockReturnValue(false);
  expect(found).toEqual(render(given, chunking));
  if (!hasFailed(found)) expect(found).toEqual(scrape(given));
  spied.mockRestore();
  return taken;
}
