import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../support/eventually.js';
import {
  type PrometheusServer,
  skipsPrometheus,
  startPrometheus,
  withPrometheus,
} from '../support/prometheus-tools.js';
import { type RunningCommand, startZxpCommand } from '../support/zxp-command.js';
import { queries } from './dashboard-file.js';

/** The jobs of a demo: alice, somebody who guesses her password, and zxp itself. */
function writeJobs(host: string): string {
  const job = (name: string, settings: string) => `
  - { job_name: ${name}, ${settings}, static_configs: [{ targets: ['${host}'] }] }`;
  return [
    job('registry', 'basic_auth: { username: alice, password: wonderland }'),
    job('guess', 'basic_auth: { username: alice, password: guess }'),
    job('zxp', 'metrics_path: /-/metrics'),
  ].join('');
}

/** As Grafana does before it asks: everything chosen, and ranges over a few scrapes. */
function fillIn(expr: string): string {
  return expr
    .replaceAll(/"\$(job|instance)"/g, '".+"')
    .replaceAll('$__rate_interval', '10s')
    .replaceAll('$__range', '1m');
}

describe.skipIf(skipsPrometheus)(`the dashboard shows zxp demo, ${withPrometheus}`, () => {
  let demo: RunningCommand;
  let prometheus: PrometheusServer;

  beforeAll(async () => {
    demo = startZxpCommand(['demo']);
    await demo.untilSaid('Ctrl-C ends it.');
    const host = /and zxp in front of it on http:\/\/([^.\s]+(?:\.[^.\s]+)*)\./.exec(demo.stdout)?.[1] ?? '';
    prometheus = await startPrometheus(writeJobs(host));
    await eventually(
      'a second scrape of zxp',
      async () => {
        const [scrapes] = await prometheus.query('count_over_time(zxp_build_info[1m])');
        return (scrapes?.value ?? 0) > 2;
      },
      20_000,
    );
  });

  afterAll(async () => {
    await prometheus?.close();
    await demo?.close();
  });

  test.each(queries)('%s: %s', async (_, expr) => {
    await eventually('a series', async () => (await prometheus.query(fillIn(expr))).length > 0, 10_000);
    expect(await prometheus.query(fillIn(expr))).not.toEqual([]);
  });
});
