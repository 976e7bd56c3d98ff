import type { PlaygroundInput } from '../model/playground.js';

/** The longest fragment that is made or read: some browsers and chat programs cut longer links. */
export const MAX_FRAGMENT_LENGTH = 32 * 1024;

/** What a fragment may become: a small one can be the compressed form of a large text. */
const MAX_STATE_BYTES = 2 * 1024 * 1024;

/** Packs an input into the fragment of a link. A browser sends no fragment to any server. */
export async function packState({ document, mapping, format }: PlaygroundInput): Promise<string> {
  const bytes = new TextEncoder().encode(JSON.stringify({ document, mapping, format }));
  const packed = new Blob([bytes]).stream().pipeThrough(new CompressionStream('deflate-raw'));
  const chunks = new Uint8Array(await new Response(packed).arrayBuffer());
  let binary = '';
  for (const byte of chunks) binary += String.fromCharCode(byte);
  return `s=${btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')}`;
}

/** Reads a fragment; undefined for one that has no state, or one that is damaged or too large. */
export async function unpackState(
  fragment: string,
): Promise<Partial<Record<'document' | 'mapping' | 'format', string>> | undefined> {
  const packed = /^#?s=([\w-]+)$/.exec(fragment)?.[1];
  if (packed === undefined || packed.length > MAX_FRAGMENT_LENGTH) return undefined;
  try {
    const binary = atob(packed.replaceAll('-', '+').replaceAll('_', '/'));
    const bytes = Uint8Array.from(binary, (character) => character.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate-raw'));
    const state: unknown = JSON.parse(await readLimited(stream));
    if (typeof state !== 'object' || state === null) return undefined;
    const texts = Object.entries(state).filter(([, value]) => typeof value === 'string');
    return Object.fromEntries(texts.filter(([name]) => ['document', 'mapping', 'format'].includes(name)));
  } catch {
    return undefined;
  }
}

async function readLimited(stream: ReadableStream<Uint8Array>): Promise<string> {
  const reader = stream.getReader();
  const decoder = new TextDecoder();
  let [text, length] = ['', 0];
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    length += next.value.length;
    if (length > MAX_STATE_BYTES) {
      await reader.cancel();
      throw new Error('too large');
    }
    text += decoder.decode(next.value, { stream: true });
  }
  return text;
}
