import type { Socket } from 'node:net';
import type { NextFunction, Request, RequestHandler, Response } from 'express';
import type { AccessControl } from '../auth/access-control.js';
import type { ClientConnection } from '../auth/client-certificate.js';
import type { Rejection, RejectionReason } from '../model/auth-decision.js';
import { sendRejection } from './reply.js';
import { joinHeader, readAuthorization } from './request-headers.js';

export interface AuthMiddlewareOptions {
  /** The door in force. */
  readonly access: () => AccessControl;
  /** What TLS connections showed in their handshakes. */
  readonly connections: WeakMap<Socket, ClientConnection>;
  readonly onRefused: (cause: RejectionReason, peer: string | undefined) => void;
  /** Told once of the first credential that came over plain HTTP from another machine. */
  readonly onPlainCredential: (peer: string) => void;
}

/** Lets through whom the door lets in, and tells everybody else why not. */
export function authenticateRequests(options: AuthMiddlewareOptions): RequestHandler {
  const { access, connections, onRefused } = options;
  const noticePlain = createPlainNotice(options.onPlainCredential);
  const settle = (refusal: Rejection | undefined, request: Request, response: Response, next: NextFunction) => {
    if (refusal === undefined) return next();
    onRefused(refusal.cause, request.socket.remoteAddress);
    sendRejection(response, refusal);
  };
  return (request, response, next) => {
    noticePlain(request);
    const { admit, consumesAuthorization } = access();
    if (admit === undefined) return next();
    // What goes by this door goes by it to the end, whatever is loaded meanwhile.
    response.locals.isAuthorizationTaken = consumesAuthorization;
    const verdict = admit({
      peer: request.socket.remoteAddress,
      forwardedFor: joinHeader(request.headers['x-forwarded-for']),
      connection: connections.get(request.socket),
      readAuthorization: () => readAuthorization(request.rawHeaders),
    });
    if (!(verdict instanceof Promise)) return settle(verdict, request, response, next);
    verdict.then((refusal) => settle(refusal, request, response, next)).catch(next);
  };
}

/** Whether the caller's `Authorization` was for zxp itself. */
export function isAuthorizationTaken(response: Response): boolean {
  return response.locals.isAuthorizationTaken === true;
}

const LOOPBACK = /^(127\.|::1$|::ffff:127\.)/;

function createPlainNotice(onPlainCredential: AuthMiddlewareOptions['onPlainCredential']): (request: Request) => void {
  let isNoticed = false;
  return ({ headers, socket }) => {
    if (isNoticed || headers.authorization === undefined || 'encrypted' in socket) return;
    const { remoteAddress } = socket;
    if (remoteAddress === undefined || LOOPBACK.test(remoteAddress)) return;
    isNoticed = true;
    onPlainCredential(remoteAddress);
  };
}
