import { loadConfiguration } from '../config/load.js';
import { toZxpError } from '../model/errors.js';
import type { Exporter } from '../model/exporter.js';
import { toBasic } from '../net/basic.js';
import { silentLogger } from '../telemetry/derived-loggers.js';
import { startDemoRegistry } from './demo-registry.js';
import { startExporter } from './exporter.js';

export interface Demo {
  /** What there is to see, for a terminal. */
  readonly transcript: string;
  /** Whether both scrapes went as they should. */
  readonly isGood: boolean;
  close(): Promise<void>;
}

export interface DemoOptions {
  readonly version: string;
  readonly nodeVersion: string;
  /** Whether it ends after the two scrapes, so that any port will do. */
  readonly isShort: boolean;
}

const PREFERRED_ADDRESS = '127.0.0.1:8081';
const ANY_ADDRESS = '127.0.0.1:0';

/** A registry behind basic auth, zxp in front of it, and one scrape with the right and one with a wrong password. */
export async function startDemo(options: DemoOptions): Promise<Demo> {
  const registry = await startDemoRegistry(() => performance.now());
  const exporter = await startInFront(registry.url, options).catch(async (thrown) => {
    await registry.close();
    throw thrown;
  });
  const close = async () => {
    await exporter.close();
    await registry.close();
  };
  try {
    const [url = ''] = exporter.urls;
    const right = await scrape(url, toBasic('alice', 'wonderland'));
    const wrong = await scrape(url, toBasic('alice', 'guess'));
    const isGood = right.includes('\ntarget_up 1\n') && wrong.includes('\ntarget_up 0\n');
    const transcript = render({ registryUrl: registry.url, url, right, wrong, isShort: options.isShort });
    return { transcript, isGood, close };
  } catch (thrown) {
    await close();
    throw thrown;
  }
}

/** On zxp's own port if it is free, else on any. */
async function startInFront(upstream: string, options: DemoOptions): Promise<Exporter> {
  const start = (address: string) => {
    const flags = new Map([
      ['upstream', [upstream]],
      ['web.listen-address', [address]],
    ]);
    const configuration = loadConfiguration({ flags, environment: {} });
    return startExporter({
      ...options,
      configuration,
      load: async () => configuration,
      logger: silentLogger,
    });
  };
  if (options.isShort) return start(ANY_ADDRESS);
  return start(PREFERRED_ADDRESS).catch((thrown) => {
    if (toZxpError(thrown).code === 'listen') return start(ANY_ADDRESS);
    throw thrown;
  });
}

async function scrape(url: string, authorization: string): Promise<string> {
  const response = await fetch(`${url}/metrics`, { headers: { authorization, connection: 'close' } });
  return response.text();
}

const SHOWN =
  /^(target_up |target_scrape_(error\{|http_status_code |samples )|zot_up |zot_repo_downloads_total|zot_http_requests_total)/;

function render(facts: {
  readonly registryUrl: string;
  readonly url: string;
  readonly right: string;
  readonly wrong: string;
  readonly isShort: boolean;
}): string {
  const { registryUrl, url } = facts;
  const port = new URL(url).port;
  const show = (body: string) =>
    body
      .split('\n')
      .filter((line) => SHOWN.test(line))
      .map((line) => `  ${line}`)
      .join('\n');
  const head = `A made-up registry with two users listens on ${registryUrl},
and zxp in front of it on ${url}.

$ curl -s -u alice:wonderland ${url}/metrics     the right password
${show(facts.right)}
  ... ${facts.right.split('\n').filter((line) => line !== '' && !line.startsWith('#')).length} samples in all

$ curl -s -u alice:guess ${url}/metrics          a wrong password
${show(facts.wrong)}
`;
  if (facts.isShort) return head;
  return `${head}
Try it (bob:builder sees other repositories, nobody at all sees target_up 0):

  curl -s -u alice:wonderland ${url}/metrics
  curl -s -u bob:builder ${url}/metrics
  curl -s ${url}/-/metrics

A prometheus.yml for it:

scrape_configs:
  - job_name: registry
    basic_auth:
      username: alice
      password: wonderland
    static_configs:
      - targets: ['127.0.0.1:${port}']

Ctrl-C ends it.
`;
}
