/** The command line of each process that takes part in a figure. */
import { fileURLToPath } from 'node:url';
import { zxpBin } from '../dist.mjs';

const script = (name) => fileURLToPath(new URL(name, import.meta.url));

export const upstreamCommand = [script('upstream.mjs')];
/** The real daemon, as a user starts it. Only the time is longer than the default, for the largest documents. */
export const zxpCommand = (upstreamUrl) => [
  zxpBin,
  ...['--upstream', upstreamUrl, '--web.listen-address', '127.0.0.1:0', '--scrape.timeout', '2m'],
];
/** The same with the module of `config` for a list of that many objects. */
export const mappingCommand =
  ({ objects, config }) =>
  (upstreamUrl) => [
    ...zxpCommand(upstreamUrl),
    ...['--upstream.path', `/mapping/${objects}`, '--config.file', config, '--module', 'bench'],
  ];
export const naiveCommand = (upstreamUrl) => [script('naive-server.mjs'), upstreamUrl];
export const bareCommand = (upstreamUrl) => [script('bare-server.mjs'), upstreamUrl];
export const parserCommand = (file) => [script('parser.mjs'), file];
export const pipelineCommand = (...options) => ['--expose-gc', script('pipeline.mjs'), ...options.map(String)];
export const writingCommand = (...options) => ['--expose-gc', script('writing.mjs'), ...options.map(String)];
export const guesserCommand = (url, { address, connections }) => [
  script('guesser.mjs'),
  url,
  address,
  String(connections),
];
export const mappingAloneCommand = (...options) => ['--expose-gc', script('mapping-alone.mjs'), ...options.map(String)];
export const helpCommand = [zxpBin, '--help'];
/** A node process that does nothing. */
export const emptyCommand = ['--eval', '0'];
