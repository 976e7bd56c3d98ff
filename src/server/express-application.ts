/**
 * All that zxp loads of express: applications, requests and responses, put together as its own entry does. That one
 * also loads readers of bodies with tables of every character set, and a server of files: a third of the program, for
 * nothing. Nothing else may import express but its types, so that what is tested is what ships.
 */
import { EventEmitter } from 'node:events';
import type { Express, NextFunction, Request, Response } from 'express';
import application from 'express/lib/application.js';
import requestPrototype from 'express/lib/request.js';
import responsePrototype from 'express/lib/response.js';

/** A new application without routes. */
export function createApplication(): Express {
  const handle = (request: Request, response: Response, next: NextFunction) => app.handle(request, response, next);
  const app = Object.assign(handle, EventEmitter.prototype, application, {
    request: Object.create(requestPrototype),
    response: Object.create(responsePrototype),
  });
  for (const prototype of [app.request, app.response]) prototype.app = app;
  app.init();
  return app;
}
