import { Option } from 'commander';
import { ZxpError } from '../../model/errors.js';
import type { Cli } from '../cli.js';

/** `zxp demo`: a registry behind two users, zxp in front of it, and two scrapes to look at. */
export function addDemoCommand({ program, context, run }: Cli): void {
  const command = program
    .command('demo')
    .usage('[--tunnel] [--once]')
    .description('Start a sample registry with basic auth, zxp in front of it, and scrape twice.')
    .addOption(new Option('--tunnel', 'Put an agent and a proxy between Prometheus and the registry.'))
    .addOption(new Option('--once', 'Exit after the two scrapes.'));
  command.action((flags: { readonly once?: boolean; readonly tunnel?: boolean }) =>
    run(async () => {
      const start =
        flags.tunnel === true
          ? (await import('../../app/demo-tunnel.js')).startTunnelDemo
          : (await import('../../app/demo.js')).startDemo;
      const demo = await start({
        version: context.version,
        nodeVersion: context.nodeVersion,
        isShort: flags.once === true,
      });
      try {
        const stopped = flags.once === true ? Promise.resolve() : context.stopped();
        context.stdout.write(demo.transcript);
        if (!demo.isGood) throw new ZxpError('internal', 'the demo did not go as it should');
        await stopped;
        return 0;
      } finally {
        await demo.close();
      }
    }),
  );
}
