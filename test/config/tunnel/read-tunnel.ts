import type { TextFile } from '../../../src/config/text-file.js';
import {
  type AgentFile,
  type ProxyFile,
  readAgentFile,
  readProxyFile,
} from '../../../src/config/tunnel/tunnel-file.js';
import type { Problem } from '../../../src/model/errors.js';
import { dropColumn } from '../read-modules.js';

export interface MemoryOptions {
  readonly name?: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** What `include` finds, by its pattern. */
  readonly files?: Readonly<Record<string, readonly TextFile[]>>;
}

type Described<T> = Omit<T, 'problems' | 'warnings'> & {
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
};

/** Reads an agent's file from memory; problems are `place message; hint`. */
export function readAgent(text: string, options: MemoryOptions = {}): Described<AgentFile> {
  return describe(readAgentFile(toSource(text, { name: 'agent.yml', ...options })));
}

/** The same of a proxy's file. */
export function readProxy(text: string, options: MemoryOptions = {}): Described<ProxyFile> {
  return describe(readProxyFile(toSource(text, { name: 'proxy.yml', ...options })));
}

function toSource(text: string, { name = '', environment = {}, files = {} }: MemoryOptions) {
  return { name, text, environment, include: (pattern: string) => files[pattern] ?? [] };
}

function describe<T extends { readonly problems: readonly Problem[]; readonly warnings: readonly Problem[] }>(
  file: T,
): Described<T> {
  return { ...file, problems: file.problems.map(format), warnings: file.warnings.map(format) };
}

function format({ where, message, hint }: Problem): string {
  return `${/\.conf:/.test(where) ? where : dropColumn(where)} ${message}${hint === undefined ? '' : `; ${hint}`}`;
}
