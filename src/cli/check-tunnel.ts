import { toConfigError } from '../config/load.js';
import { recognizeTunnelFile, type TunnelFileKind, type TunnelSide } from '../config/tunnel/recognize.js';
import { type Problem, toZxpError, type ZxpError } from '../model/errors.js';
import type { CliContext } from './context.js';
import type { Flags } from './flags.js';
import { findConfigFile } from './settings-source.js';
import { readTextFile } from './text-file.js';

/** The result for a valid file. */
export interface TunnelCheck {
  readonly warnings: readonly Problem[];
  readonly description: string;
  /** What the file was taken for, and why. */
  readonly reason: string;
}

/**
 * Checks the file of an agent or of a proxy, zxp's own or prometheus-proxy's; undefined where the config file is about
 * neither. Throws `config` with everything that a start would refuse.
 */
export async function checkTunnelFile(context: CliContext, flags: Flags): Promise<TunnelCheck | undefined> {
  const path = findConfigFile(context, flags);
  const file = path === undefined || path === '' ? undefined : await readTextFile(path);
  if (file === undefined || !('text' in file)) return undefined;
  const kind = recognizeTunnelFile(file.name, file.text);
  if (kind === undefined) return undefined;
  if (kind.problems !== undefined) throw toConfigError(kind.problems);
  if (kind.sides.length === 0) throw refuseUnmarked(file.name);
  const sides = kind.dialect === 'zxp' ? kind.sides.slice(0, 1) : kind.sides;
  const checks: SideCheck[] = [];
  const problems: Problem[] = [];
  for (const side of sides) {
    try {
      checks.push(await checkSide(side, kind, { context, flags, file }));
    } catch (thrown) {
      const error = toZxpError(thrown);
      if (error.code !== 'config') throw error;
      problems.push(...(error.problems.length === 0 ? [{ where: file.name, message: error.message }] : error.problems));
    }
  }
  if (problems.length > 0) throw toConfigError(problems);
  return {
    warnings: checks.flatMap(({ warnings }) => warnings),
    description: checks.map(({ description }) => description).join('; '),
    reason: explain(file.name, sides, kind),
  };
}

type SideCheck = Omit<TunnelCheck, 'reason'>;

function explain(name: string, sides: readonly TunnelSide[], { dialect, mark }: TunnelFileKind): string {
  const whose = sides.map((side) => (side === 'agent' ? 'an agent' : 'a proxy')).join(' and ');
  if (dialect === 'zxp') return `${name} is the file of ${whose}: it has ${mark ?? 'tunnel'}`;
  return `${name} is a configuration file of prometheus-proxy, for ${whose}: it has ${sides.join(' and ')}`;
}

function refuseUnmarked(where: string): ZxpError {
  const hint = 'tunnel.proxies makes it the file of an agent, tunnel.listen_addresses that of a proxy';
  return toConfigError([{ where, message: 'has a tunnel that is neither that of an agent nor that of a proxy', hint }]);
}

interface CheckContext {
  readonly context: CliContext;
  readonly flags: Flags;
  readonly file: { readonly name: string; readonly text: string };
}

function checkSide(side: TunnelSide, kind: TunnelFileKind, given: CheckContext): Promise<SideCheck> {
  return side === 'agent' ? checkAgentFile(kind, given) : checkProxyFile(kind, given);
}

async function checkAgentFile({ dialect }: TunnelFileKind, { context, flags }: CheckContext): Promise<SideCheck> {
  const { loadAgentConfiguration } = await import('./agent-settings.js');
  const { checkAgent } = await import('../app/agent/agent.js');
  const { findLogProblems } = await import('../app/log.js');
  const configuration = await loadAgentConfiguration(context, flags, { isCheck: true });
  const { version, environment } = context;
  const logProblems = await findLogProblems(configuration.settings.log);
  if (logProblems.length > 0) throw toConfigError(logProblems);
  const warnings = await checkAgent(configuration, { version, environment });
  const { paths, proxies, mode } = configuration.spec;
  const description = `${describeDialect(dialect)}agent, paths ${paths.length}, proxies ${proxies.length}, mode ${mode}`;
  return { warnings, description };
}

async function checkProxyFile({ dialect }: TunnelFileKind, { context, file }: CheckContext): Promise<SideCheck> {
  const { readProxyFile } = await import('../config/tunnel/tunnel-file.js');
  const { checkProxySecrets } = await import('../app/proxy-secrets.js');
  const { listTunnelWarnings } = await import('../app/tunnel-warnings.js');
  const { environment } = context;
  const { spec, problems, warnings } = readProxyFile({ ...file, environment, include: () => [] });
  if (problems.length > 0) throw toConfigError(problems);
  await checkProxySecrets(spec);
  const tls = spec.tls === undefined ? 'plaintext' : spec.tls.clientCa === undefined ? 'TLS' : 'mutual TLS';
  const open = listTunnelWarnings(spec).map((warning) => ({ where: file.name, ...warning }));
  return {
    warnings: [...warnings, ...open],
    description: `${describeDialect(dialect)}proxy, ${tls}, agents' tokens ${spec.agents.length}`,
  };
}

function describeDialect(dialect: TunnelFileKind['dialect']): string {
  return dialect === 'zxp' ? '' : 'prometheus-proxy ';
}
