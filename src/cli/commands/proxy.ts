import { proxySettingRows } from '../../config/tunnel/proxy-settings.js';
import type { Cli } from '../cli.js';
import { addSettingFlags } from '../flags.js';

/** `zxp proxy`: lets Prometheus scrape targets behind a firewall, through agents that connect to it. */
export function addProxyCommand({ program, context, run }: Cli): void {
  const command = program
    .command('proxy')
    .usage('[--config.file FILE] [FLAG...]')
    .description('Serve targets behind a firewall to Prometheus, through agents that connect.');
  const readFlags = addSettingFlags(command, proxySettingRows);
  command.action(() =>
    run(async () => {
      const { loadProxyConfiguration } = await import('../proxy-settings.js');
      const { serveProxy } = await import('../serve-proxy.js');
      const flags = readFlags();
      return serveProxy(context, () => loadProxyConfiguration(context, flags));
    }),
  );
}
