import { Option } from 'commander';
import { settings } from '../../config/settings.js';
import { ZxpError } from '../../model/errors.js';
import type { Cli } from '../cli.js';
import { addHeaderFlags, type HeaderFlags, readHeaderFlags } from '../request-headers.js';

interface PlaygroundFlags extends HeaderFlags {
  readonly input?: string;
  readonly write?: boolean;
  readonly port: string;
}

/** `zxp playground [FILE]`: serves the playground on loopback until it is stopped. */
export function addPlaygroundCommand({ program, context, run }: Cli): void {
  const command = program
    .command('playground [FILE]')
    .usage('[FLAG...] [FILE]')
    .description('Try mappings in a browser on this machine; FILE is a config file or a module.')
    .addOption(new Option('--input <FILE>', 'Start with this JSON document.'))
    .addOption(new Option('--write', 'Let FILE be saved.'))
    .addOption(new Option('--port <PORT>', 'Port on 127.0.0.1; 0 for any.\ndefault 0').default('0'));
  addHeaderFlags(command);
  command.action((file: string | undefined, own: PlaygroundFlags) =>
    run(async () => {
      const port = readPort(own.port);
      if (own.write === true && file === undefined)
        throw new ZxpError('usage', '--write needs a FILE', { hint: 'zxp playground --write zxp.yml' });
      const headers = await readHeaderFlags(own);
      const { loadScrapeSettings } = await import('../settings-source.js');
      const { startLocalPlayground } = await import('../../app/local-playground.js');
      const values = new Map(file === undefined ? [] : [[settings.config.file.name, [file]]]);
      const playground = await startLocalPlayground({
        file,
        input: own.input,
        isWritable: own.write === true,
        port,
        load: () => loadScrapeSettings(context, { values, problems: [], words: [] }),
        headers,
        version: context.version,
        environment: context.environment,
      });
      try {
        const stopped = context.stopped();
        context.stdout.write(
          `zxp: playground: ${playground.url}\nzxp: whoever has this URL can use it; Ctrl-C stops it\n`,
        );
        await stopped;
        return 0;
      } finally {
        await playground.close();
      }
    }),
  );
}

function readPort(text: string): number {
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port;
  throw new ZxpError('usage', '--port: must be a port from 0 to 65535');
}
