import type { Socket } from 'node:net';
import type { NextFunction, Request, RequestHandler, Response } from 'express';
import type { AccessControl } from '../auth/access-control.js';
import { UNIX_CLIENT } from '../auth/client-address.js';
import type { ClientConnection } from '../auth/client-certificate.js';
import type { Rejection, RejectionReason } from '../model/auth-decision.js';
import { readPeer } from '../net/addresses.js';
import { isLoopbackAddress } from '../net/loopback.js';
import { sendRejection } from './reply.js';
import { joinHeader, readAuthorization } from './request-headers.js';

export interface AuthMiddlewareOptions {
  /** The active access control. */
  readonly access: () => AccessControl;
  /** What TLS connections presented in their handshakes. */
  readonly connections: WeakMap<Socket, ClientConnection>;
  /** The sockets that came over a unix socket. */
  readonly unixClients: WeakSet<Socket>;
  readonly onRejected: (reason: RejectionReason, client: string | undefined) => void;
  /** Told once of the first credentials that came over plaintext HTTP from another machine. */
  readonly onPlaintextCredentials: (client: string) => void;
}

/** Passes on allowed requests, and tells every other client why it is rejected. */
export function authenticateRequests(options: AuthMiddlewareOptions): RequestHandler {
  const { access, connections, unixClients, onRejected } = options;
  const noticePlaintext = createPlaintextNotice(options.onPlaintextCredentials);
  const findPeer = ({ socket }: Request) => (unixClients.has(socket) ? UNIX_CLIENT : readPeer(socket));
  const settle = (rejection: Rejection | undefined, request: Request, response: Response, next: NextFunction) => {
    if (rejection === undefined) return next();
    onRejected(rejection.reason, findPeer(request));
    sendRejection(response, rejection);
  };
  return (request, response, next) => {
    noticePlaintext(request);
    const { authorize, consumesAuthorization } = access();
    if (authorize === undefined) return next();
    // The policy of this moment holds for the whole request, whatever is reloaded meanwhile.
    response.locals.isAuthorizationConsumed = consumesAuthorization;
    const decision = authorize({
      peer: findPeer(request),
      forwardedFor: joinHeader(request.headers['x-forwarded-for']),
      connection: connections.get(request.socket),
      readAuthorization: () => readAuthorization(request.rawHeaders),
    });
    if (!(decision instanceof Promise)) return settle(decision, request, response, next);
    decision.then((rejection) => settle(rejection, request, response, next)).catch(next);
  };
}

/** Whether the caller's `Authorization` was for zxp itself. */
export function isAuthorizationConsumed(response: Response): boolean {
  return response.locals.isAuthorizationConsumed === true;
}

function createPlaintextNotice(notice: AuthMiddlewareOptions['onPlaintextCredentials']): (request: Request) => void {
  let isNoticed = false;
  return ({ headers, socket }) => {
    if (isNoticed || headers.authorization === undefined || 'encrypted' in socket) return;
    const client = readPeer(socket);
    if (client === undefined || isLoopbackAddress(client)) return;
    isNoticed = true;
    notice(client);
  };
}
