import { type Agent, startAgent } from '../../../src/app/agent/agent.js';
import { loadAgentConfiguration } from '../../../src/cli/agent-settings.js';
import { createLogger } from '../../../src/telemetry/logger.js';
import { createContext } from '../../support/cli-context.js';
import { forThisTest } from '../../support/for-this-test.js';
import { MemoryStream } from '../../support/memory-stream.js';
import { makeTemporaryFolder, type TemporaryFolder } from '../../support/temporary-folder.js';

export interface RunningAgent {
  readonly agent: Agent;
  readonly folder: TemporaryFolder;
  /** Where it serves health and metrics. */
  readonly url: string;
  /** What was logged so far. */
  readonly log: () => string;
}

export interface RunAgentOptions {
  /** Files by their names; `agent.yml` or, where there is none, `agent.conf` is the configuration. */
  readonly files: Readonly<Record<string, string>>;
  readonly flags?: Readonly<Record<string, string>>;
  readonly environment?: Readonly<Record<string, string>>;
}

/** `zxp agent` inside this process, from files of a folder of its own. */
export async function runAgentApp({ files, flags = {}, environment = {} }: RunAgentOptions): Promise<RunningAgent> {
  const folder = forThisTest(makeTemporaryFolder());
  for (const [name, text] of Object.entries(files)) folder.write(name, text);
  const main = files['agent.yml'] === undefined ? 'agent.conf' : 'agent.yml';
  const settings = {
    'config.file': `${folder.path}/${main}`,
    'web.listen-address': '127.0.0.1:0',
    'web.drain-timeout': '2s',
    ...flags,
  };
  const values = new Map(Object.entries(settings).map(([name, value]) => [name, [value]]));
  const context = createContext(environment);
  const load = () => loadAgentConfiguration(context, { values, problems: [], words: [] });
  const stream = new MemoryStream();
  const agent = await startAgent({
    configuration: await load(),
    load,
    logger: createLogger({ level: 'debug', format: 'logfmt', stream, clock: () => new Date(0) }),
    version: '0.0.0-test',
    nodeVersion: process.version,
    environment: {},
    watchIntervalMs: 20,
  });
  forThisTest(agent);
  return { agent, folder, url: agent.urls[0] ?? '', log: () => stream.text };
}
