import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { ConnectionFacts, FetchRecord, ScrapePhase, TlsFacts } from '../../model/fetch-record.js';
import { InterimResponseFilter } from './interim-responses.js';

/** An established connection of a pool; one request at a time goes over it. */
interface Connection {
  readonly socket: Socket;
  readonly tls: TlsFacts | undefined;
  readonly interim: InterimResponseFilter;
}

/** One request: notes in its record which connection it goes over, and how far it has come. */
export class RequestTrace {
  #record: FetchRecord | undefined;
  #socket: Socket | undefined;
  #bytesBefore = 0;
  #isOnUsedConnection = false;

  constructor(record: FetchRecord | undefined) {
    this.#record = record;
  }

  /**
   * Whether the connection had carried other requests, and no byte came over it for this one: the server may have closed
   * it before it saw the request (RFC 9112, 9.3.1).
   */
  get isUnanswered(): boolean {
    return this.#isOnUsedConnection && this.#socket?.bytesRead === this.#bytesBefore;
  }

  enter(phase: ScrapePhase): void {
    this.#record?.phases.enter(phase);
  }

  /** Adds to what is known of the connection in the making. */
  note(facts: ConnectionFacts): void {
    if (this.#record !== undefined) this.#record.connection = { ...this.#record.connection, ...facts };
  }

  /** Takes the connection that the request goes over. */
  attach({ socket, tls, interim }: Connection, isUsed: boolean): void {
    this.#socket = socket;
    this.#bytesBefore = socket.bytesRead;
    this.#isOnUsedConnection = isUsed;
    interim.begin();
    if (this.#record !== undefined && tls !== undefined) this.#record.tls = tls;
    this.enter('processing');
  }

  /** Closes the connection along with the request, as the rest of a response has no reader. */
  abandon(): void {
    this.#socket?.destroy(new Error('the request was given up'));
  }

  /** Lets go of the record: an idle connection holds nothing of its last caller's. */
  end(): void {
    this.#record = undefined;
  }
}

/** What a pooled connection knows of itself, and of the request that waits for it or goes over it. */
export class ConnectionTrace {
  #trace: RequestTrace | undefined;
  #connection: Connection | undefined;

  /** Whether the connection is there. */
  get isConnected(): boolean {
    return this.#connection?.socket.destroyed === false;
  }

  /** The next request. It is sent at once where the connection is there. */
  take(trace: RequestTrace): void {
    this.#trace = trace;
    if (this.#connection !== undefined && this.isConnected) trace.attach(this.#connection, true);
  }

  /** How far a connection in the making has come. */
  enter(phase: ScrapePhase): void {
    this.#trace?.enter(phase);
  }

  /** What a connection in the making shows of itself. */
  note(facts: ConnectionFacts): void {
    this.#trace?.note(facts);
  }

  /** The connection is there. */
  establish(socket: Socket, tls: TlsFacts | undefined): void {
    this.#connection = { socket, tls, interim: new InterimResponseFilter(socket) };
    this.#trace?.attach(this.#connection, false);
  }
}

/** No real chain is longer than this. */
const MAX_CHAIN = 16;

/** What the handshake showed: of the certificates that the server sent, the time when the first one expires. */
export function readTlsFacts(socket: TLSSocket): TlsFacts {
  let expiryMs = Number.POSITIVE_INFINITY;
  let certificate = socket.getPeerX509Certificate();
  for (let i = 0; certificate !== undefined && i < MAX_CHAIN; i++) {
    expiryMs = Math.min(expiryMs, Date.parse(certificate.validTo));
    certificate = certificate.issuerCertificate;
  }
  return {
    version: socket.getProtocol() ?? '',
    expirySeconds: Number.isFinite(expiryMs) ? expiryMs / 1000 : undefined,
    defect: socket.authorized ? undefined : nameDefect(socket.authorizationError),
  };
}

/** Node's types say that it is an error; it is the code of one. */
function nameDefect(error: unknown): string | undefined {
  if (typeof error === 'string') return error;
  return error instanceof Error ? error.message : undefined;
}
