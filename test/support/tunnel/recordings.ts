import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('../../../fixtures/conformance/prometheus-proxy/', import.meta.url));

/** One line of a recording; its README explains the keys. */
export type RecordedEvent = Readonly<Record<string, unknown>>;

/** The names of all recordings. */
export function listRecordings(): readonly string[] {
  return readdirSync(folder).filter((file) => file.endsWith('.jsonl'));
}

/** The lines of one recording, by the number at the beginning of its name. */
export function readRecording(number: string): readonly RecordedEvent[] {
  const name = readdirSync(folder).find((file) => file.startsWith(`${number}-`) && file.endsWith('.jsonl'));
  if (name === undefined) throw new Error(`no recording ${number}`);
  return parseLines(name);
}

function parseLines(name: string): readonly RecordedEvent[] {
  return readFileSync(`${folder}${name}`, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as RecordedEvent);
}

/** A message that a recording has in full: which method it belongs to, who sent it, its bytes. */
export interface RecordedMessage {
  readonly method: string;
  readonly sender: 'agent' | 'proxy';
  readonly hex: string;
}

/** Every message that is recorded with all its bytes, of sessions and of single cases. */
export function messagesOf(events: readonly RecordedEvent[]): readonly RecordedMessage[] {
  return events.flatMap((event) => {
    if (Array.isArray(event.events)) return messagesOf(event.events as RecordedEvent[]);
    if (typeof event.write === 'string') return [message('writeResponsesToProxy', 'agent', event.write)];
    if (typeof event.chunk === 'string') return [message('writeChunkedResponsesToProxy', 'agent', event.chunk)];
    if (typeof event.hex !== 'string') return [];
    if (typeof event['a>p'] === 'string') return [message(event['a>p'], 'agent', event.hex)];
    if (typeof event['p>a'] === 'string') return [message(event['p>a'], 'proxy', event.hex)];
    if (typeof event.rpc !== 'string') return [];
    return [message(event.rpc, event.dir === 'a>p' ? 'agent' : 'proxy', event.hex)];
  });
}

function message(method: string, sender: 'agent' | 'proxy', hex: string): RecordedMessage {
  return { method, sender, hex };
}
