import type { RecordedEvent } from './recordings.js';

export type Fields = Readonly<Record<string, unknown>>;
export type Side = 'agent' | 'proxy';

/** One step of a recorded session, in one form for all recordings. `conn` counts the agent's connections. */
export type SessionEvent =
  | { readonly kind: 'note'; readonly text: string }
  | { readonly kind: 'connect' | 'disconnect' | 'goaway'; readonly conn: number; readonly from: Side }
  | { readonly kind: 'metadata'; readonly conn: number; readonly from: Side; readonly rpc: string; headers: Fields }
  | {
      readonly kind: 'message';
      readonly conn: number;
      readonly from: Side;
      readonly rpc: string;
      msg: Fields;
      hex?: string;
    }
  /** How the proxy ended a call. */
  | { readonly kind: 'status'; readonly conn: number; readonly rpc: string; readonly code: number }
  | { readonly kind: 'reset' | 'half-close'; readonly conn: number; readonly from: Side; readonly rpc: string }
  | { readonly kind: 'http'; readonly url: string; readonly reply: RecordedReply }
  | { readonly kind: 'target'; readonly url: string; readonly headers: Fields; readonly status: number | undefined };

/** What the scraper of a recording got. */
export interface RecordedReply {
  readonly status?: number;
  readonly error?: string;
  readonly len?: number;
  readonly decoded_len?: number;
  readonly body?: string;
  readonly sha256?: string;
  readonly content_type?: string;
  readonly json?: unknown;
}

/** The steps of a recording. Frames that HTTP/2 itself needs (settings, pings) are left out. */
export function readSession(events: readonly RecordedEvent[]): readonly SessionEvent[] {
  return events.flatMap(toSessionEvent);
}

function toSessionEvent(event: RecordedEvent): readonly SessionEvent[] {
  const conn = typeof event.conn === 'number' ? event.conn : 1;
  const sender = event['a>p'] !== undefined || event.dir === 'a>p' ? 'agent' : 'proxy';
  const rpc = String(event['a>p'] ?? event['p>a'] ?? event.rpc ?? '');
  if (typeof event.note === 'string') return [{ kind: 'note', text: event.note }];
  if (event.ev === 'http' || event.http !== undefined) return [toHttp(event)];
  if (event.ev === 'target' || event.target !== undefined) return [toTarget(event)];
  if (event.scrape !== undefined) return [toScrape(event.scrape as Fields, conn)];
  const written = event.write ?? event.chunk;
  if (typeof written === 'string') {
    const stream = event.write === undefined ? 'writeChunkedResponsesToProxy' : 'writeResponsesToProxy';
    return [{ kind: 'message', conn, from: 'agent', rpc: stream, msg: {}, hex: written }];
  }
  switch (event.ev) {
    case 'settings':
    case 'ping':
      return [];
    case 'connect':
      return [{ kind: 'connect', conn, from: 'agent' }];
    case 'disconnect':
      return [{ kind: 'disconnect', conn, from: event.by === 'proxy' ? 'proxy' : 'agent' }];
    case 'goaway':
      return [{ kind: 'goaway', conn, from: sender }];
    case 'reset':
    case 'half-close':
      return [{ kind: event.ev, conn, from: sender, rpc }];
    case 'headers':
      return [{ kind: 'metadata', conn, from: sender, rpc, headers: event.headers as Fields }];
    case 'trailers':
    case 'trailers-only':
      return [{ kind: 'status', conn, rpc, code: Number((event.headers as Fields)['grpc-status']) }];
    default: {
      const hex = typeof event.hex === 'string' ? { hex: event.hex } : {};
      return [{ kind: 'message', conn, from: sender, rpc, msg: (event.msg ?? {}) as Fields, ...hex }];
    }
  }
}

function toHttp(event: RecordedEvent): SessionEvent {
  if (typeof event.http === 'string') return { kind: 'http', url: event.http, reply: event as RecordedReply };
  const { req, res } = event as { req: Fields; res: Fields };
  const reply = { ...res, content_type: (res.headers as Fields)['content-type'] } as RecordedReply;
  return { kind: 'http', url: String(req.path), reply };
}

function toTarget(event: RecordedEvent): SessionEvent {
  const { req, res } = event as { req?: Fields; res?: Fields };
  const status = (res ?? event).status;
  return {
    kind: 'target',
    url: String(event.target ?? req?.url),
    headers: (event.headers ?? req?.headers ?? {}) as Fields,
    status: typeof status === 'number' ? status : undefined,
  };
}

/** The short form in which a recording has a request that reached a test's agent. */
function toScrape({ id, path }: Fields, conn: number): SessionEvent {
  return { kind: 'message', conn, from: 'proxy', rpc: 'readRequestsFromProxy', msg: { scrape_id: id, path } };
}

/** A message with the names of its fields as the code has them. */
export function toFields(message: Fields): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(message).map(([key, value]) => [
      key.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase()),
      /^(path|scrape)_id$/.test(key) ? BigInt(String(value)) : value,
    ]),
  );
}

/** Which connections of a session carry any call of the agent; the others failed at once. */
export function listLiveConnections(events: readonly SessionEvent[]): ReadonlySet<number> {
  return new Set(
    events.flatMap((event) => (event.kind === 'message' || event.kind === 'metadata' ? [event.conn] : [])),
  );
}

/** The token that the agent showed on a connection. */
export function findToken(events: readonly SessionEvent[], conn: number): string | undefined {
  for (const event of events) {
    if (event.kind !== 'metadata' || event.conn !== conn || event.from !== 'agent') continue;
    const token = event.headers['agent-token'];
    if (typeof token === 'string') return token;
  }
  return undefined;
}
