import { agentSettingRows } from '../../config/tunnel/settings.js';
import type { Cli } from '../cli.js';
import { addSettingFlags } from '../flags.js';

/** `zxp agent`: serves targets near it through proxies that it connects to. */
export function addAgentCommand({ program, context, run }: Cli): void {
  const command = program
    .command('agent')
    .usage('--tunnel.proxy ADDRESS --config.file FILE [FLAG...]')
    .description('Serve targets behind a firewall through proxies outside.');
  const readFlags = addSettingFlags(command, agentSettingRows);
  command.action(() =>
    run(async () => {
      const { loadAgentConfiguration } = await import('../agent-settings.js');
      const { serveAgent } = await import('../serve-agent.js');
      const flags = readFlags();
      return serveAgent(context, () => loadAgentConfiguration(context, flags));
    }),
  );
}
