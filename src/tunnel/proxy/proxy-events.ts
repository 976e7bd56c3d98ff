import type { Logger } from '../../model/ports.js';
import type { AgentEnd, DroppedResponse, ProxyObserver } from '../../model/proxy.js';
import type { RpcServerEvent } from '../protocol/server.js';
import type { Agent } from './agent.js';
import type { PathRefusal } from './path-table.js';
import { nameOf } from './report.js';

/** What happens to agents and their paths: each event is counted, and logged where somebody may want to know. */
export interface ProxyEvents {
  agentConnected(agent: Agent): void;
  agentEnded(agent: Agent, end: AgentEnd): void;
  pathRefused(agent: Agent, path: string, refusal: PathRefusal): void;
  pathDisplaced(path: string, between: { readonly previous: Agent; readonly by: Agent }): void;
  pathNoLongerAllowed(agent: Agent, path: string): void;
  labelsDropped(count: number): void;
  responseDropped(why: DroppedResponse): void;
  tokenRejected(address: string): void;
  /** Of credentials that go over plaintext or to an unknown agent; the first ones of all are logged. */
  credentialsExposed(agent: Agent): void;
  ofServer(event: RpcServerEvent): void;
}

export function createProxyEvents(observer: ProxyObserver, logger: Logger): ProxyEvents {
  let isExposureLogged = false;
  return {
    agentConnected: (agent) => {
      observer.connected();
      logger.info('agent connected', {
        agent: nameOf(agent),
        identity: agent.identity?.name,
        address: agent.connection.remoteAddress,
      });
    },
    agentEnded: (agent, end) => {
      observer.ended(end);
      logger.info('agent gone', { agent: nameOf(agent), reason: end, address: agent.connection.remoteAddress });
    },
    pathRefused: (agent, path, { kind, reason }) => {
      observer.pathRefused(kind);
      logger.warn('path refused', { agent: nameOf(agent), path: path.slice(0, 100), reason });
    },
    pathDisplaced: (path, { previous, by }) => {
      observer.displaced();
      const hint =
        by.identity === undefined ? 'give agents tokens, so that none can take the path of another' : undefined;
      logger.warn('path taken over by another agent', { path, agent: nameOf(by), previous: nameOf(previous), hint });
    },
    pathNoLongerAllowed: (agent, path) => logger.warn('path no longer allowed', { agent: nameOf(agent), path }),
    labelsDropped: (count) => observer.labelsDropped(count),
    responseDropped: (why) => {
      observer.responseDropped(why);
      logger.debug('response of an agent dropped', { reason: why });
    },
    tokenRejected: (address) => {
      observer.authenticationFailed();
      logger.debug('agent rejected', { reason: 'token', address });
    },
    credentialsExposed: (agent) => {
      if (isExposureLogged) return;
      isExposureLogged = true;
      logger.warn('first credentials forwarded over plaintext or to an unknown agent', {
        agent: nameOf(agent),
        address: agent.connection.remoteAddress,
        hint: 'this is logged once',
      });
    },
    ofServer: (event) => {
      const { remoteAddress: address } = event;
      if (event.kind === 'flood') {
        observer.flooded();
        logger.warn('connection of an agent closed', { reason: `too many ${event.frames} frames`, address });
      } else {
        observer.authenticationFailed();
        logger.debug('TLS handshake with an agent failed', { reason: event.message, address });
      }
    },
  };
}
