import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { FetchRecord, ScrapePhase, TlsFacts } from '../../model/fetch-record.js';

/** A connection as a client of a pool has it; one request at a time goes over it. */
interface Carrier {
  readonly socket: Socket;
  readonly tls: TlsFacts | undefined;
}

/** One request on its way over a connection: tells its record what becomes of it. */
export class RequestTrace {
  #record: FetchRecord | undefined;
  #socket: Socket | undefined;
  #bytesBefore = 0;
  #isOnUsedConnection = false;

  constructor(record: FetchRecord | undefined) {
    this.#record = record;
  }

  /**
   * Whether the connection had carried other requests, and nothing came over it for this one: the server may have closed
   * it before it saw the request (RFC 9112, 9.3.1).
   */
  get isUnanswered(): boolean {
    return this.#isOnUsedConnection && this.#socket?.bytesRead === this.#bytesBefore;
  }

  enter(phase: ScrapePhase): void {
    this.#record?.phases.enter(phase);
  }

  /** Takes the connection that the request goes over. */
  board({ socket, tls }: Carrier, isUsed: boolean): void {
    this.#socket = socket;
    this.#bytesBefore = socket.bytesRead;
    this.#isOnUsedConnection = isUsed;
    if (this.#record !== undefined && tls !== undefined) this.#record.tls = tls;
    this.enter('processing');
  }

  /**
   * Ends the connection with the request. undici would do so too, and make a new one at once that nobody needs: it takes
   * a connection that it ended itself for one that is to be replaced.
   */
  abandon(): void {
    this.#socket?.destroy(new Error('the request was given up'));
  }

  /** Lets go of the record: a connection that idles holds nothing of its last caller's. */
  end(): void {
    this.#record = undefined;
  }
}

/** What a client of a pool knows of its connection, and of the request that waits for it or goes over it. */
export class ConnectionTrace {
  #trace: RequestTrace | undefined;
  #carrier: Carrier | undefined;

  /** The next request. It is under way at once where the connection is there. */
  take(trace: RequestTrace): void {
    this.#trace = trace;
    if (this.#carrier?.socket.destroyed === false) trace.board(this.#carrier, true);
  }

  /** How far a connection in the making has come. */
  enter(phase: ScrapePhase): void {
    this.#trace?.enter(phase);
  }

  /** A connection is there. */
  establish(socket: Socket, tls: TlsFacts | undefined): void {
    this.#carrier = { socket, tls };
    this.#trace?.board(this.#carrier, false);
  }
}

/** Chains longer than this are nobody's. */
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
  };
}
