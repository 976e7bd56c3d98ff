import type { AgentReport, PathReport, ProxyReport } from '../../model/proxy.js';
import type { Agent } from './agent.js';
import type { PathEntry } from './path-table.js';

/** What a page shows of the agents and paths of a proxy. */
export function describeProxy(agents: readonly Agent[], paths: readonly PathEntry[], nowMs: number): ProxyReport {
  return {
    agents: agents.map((agent) => describeAgent(agent, nowMs)),
    paths: paths.map((entry) => describePath(entry, nowMs)),
  };
}

/** How logs and pages call an agent. */
export function nameOf(agent: Agent): string {
  return agent.facts.name === '' ? agent.id : agent.facts.name;
}

function describeAgent(agent: Agent, nowMs: number): AgentReport {
  return {
    name: nameOf(agent),
    host: agent.facts.host,
    identity: agent.identity?.name,
    address: agent.connection.remoteAddress,
    isEncrypted: agent.connection.isEncrypted,
    connectedForMs: nowMs - agent.connectedMs,
    silentForMs: nowMs - agent.lastActiveMs,
    paths: agent.paths.size,
  };
}

function describePath(
  { path, agents, targetUrl, source, consolidated, scrapes }: PathEntry,
  nowMs: number,
): PathReport {
  const { total, errors, last } = scrapes;
  return {
    path,
    agents: agents.map(nameOf),
    targetUrl,
    source,
    consolidated,
    scrapes: total,
    errors,
    last:
      last === undefined
        ? undefined
        : {
            agoMs: nowMs - last.endedMs,
            durationMs: last.durationMs,
            status: last.status,
            outcome: last.outcome,
            reason: last.reason,
          },
  };
}
